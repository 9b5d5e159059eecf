import { floatOutput, input, type Kernel } from './wasm-backend.js';

/** Sums of the rows that carry the same number, which is their place in the result: the gradient of `gather`. */
export const unsortedSegmentSum: Kernel = {
  name: 'UnsortedSegmentSum',
  run: ({ inputs, attributes, backend }) => {
    const [x, segmentIds] = [input(inputs, 'x'), input(inputs, 'segmentIds')];
    const segments = Number(attributes.numSegments);
    return floatOutput(backend, [segments, ...x.shape.slice(1)], (out) => {
      const [values, places] = [x, segmentIds].map((tensor) => backend.typedArrayFromHeap(tensor));
      const length = out.length / segments;
      // In double precision: one segment may get all rows.
      const sums = new Float64Array(out.length);
      places?.forEach((place, row) => {
        // Rows of no segment are left out, as on the cpu backend.
        if (place < 0 || place >= segments) return;
        const [to, from] = [place * length, row * length];
        for (let k = 0; k < length; k++) sums[to + k] = (sums[to + k] ?? 0) + (values?.[from + k] ?? 0);
      });
      out.set(sums);
    });
  },
};

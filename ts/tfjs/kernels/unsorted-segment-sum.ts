import { floatsOf, input, type Kernel } from './wasm-backend.js';

/** Sums of the rows that carry the same number, which is their place in the result: the gradient of `gather`. */
export const unsortedSegmentSum: Kernel = {
  name: 'UnsortedSegmentSum',
  run: ({ inputs, attributes, backend }) => {
    const [x, segmentIds] = [input(inputs, 'x'), input(inputs, 'segmentIds')];
    const segments = Number(attributes.numSegments);
    const out = backend.makeOutput([segments, ...x.shape.slice(1)], 'float32');
    const sums = floatsOf(backend, out).fill(0);
    const [values, places] = [x, segmentIds].map((tensor) => backend.typedArrayFromHeap(tensor));
    const length = sums.length / segments;
    places?.forEach((place, row) => {
      // Rows of no segment are left out, as on the cpu backend.
      if (place < 0 || place >= segments) return;
      const [to, from] = [place * length, row * length];
      for (let k = 0; k < length; k++) sums[to + k] = (sums[to + k] ?? 0) + (values?.[from + k] ?? 0);
    });
    return out;
  },
};

import type { Pairs } from '../../ts/data/pairs.js';
import type { GreyImage, SamplePair } from './results.js';

/** The first `count` pairs as pictures of `side` x `side` pixels. */
export function samplePairs(
  { x, y, labels = new Uint8Array(), labelSizes = [] }: Pairs,
  count: number,
): readonly SamplePair[] {
  const cells = labelSizes.length;
  return Array.from({ length: Math.min(count, x.rows) }, (_, i) => ({
    x: picture(x.data.subarray(i * x.cols, (i + 1) * x.cols)),
    y: picture(y.data.subarray(i * y.cols, (i + 1) * y.cols)),
    digits: [...labels.subarray(i * cells, (i + 1) * cells)],
  }));
}

function picture(ink: Float32Array): GreyImage {
  const side = Math.sqrt(ink.length);
  return { width: side, height: side, pixels: Uint8Array.from(ink, (value) => Math.round(255 * value)) };
}

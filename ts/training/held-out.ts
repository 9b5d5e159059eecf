import type { PairSource } from '../data/pair-source.js';
import { DataError } from '../wasm/errors.js';
import type { Matrix } from '../wasm/matrix.js';

/** Pairs set aside, with the hidden factors of x where they are known. */
export interface HeldOutPairs {
  readonly x: Matrix;
  readonly y: Matrix;
  /** rows x factors, or null. */
  readonly labels: Uint8Array | null;
}

/**
 * Draws `count` pairs of a source in one batch (fewer where it holds fewer).
 *
 * @throws {DataError} on a source without pairs
 */
export async function drawPairs(source: PairSource, count: number, seed: number): Promise<HeldOutPairs> {
  const batch = Math.min(count, source.pairs ?? count);
  for await (const { size, x, y, labels } of source.batches({ batch, seed })) {
    return {
      x: { data: x.slice(), rows: size, cols: source.xDim },
      y: { data: y.slice(), rows: size, cols: source.yDim },
      labels: labels?.slice() ?? null,
    };
  }
  throw new DataError('the source of held-out pairs gave no pairs');
}

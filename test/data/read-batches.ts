import type { Batch, BatchOptions, PairSource } from '../../ts/data/pair-source.js';

/** The first `count` batches of a source, each copied out of the arrays that the next one overwrites. */
export async function readBatches(source: PairSource, count: number, options: BatchOptions): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of source.batches(options)) {
    batches.push(structuredClone(batch));
    if (batches.length === count) break;
  }
  return batches;
}

import { expect, it } from 'vitest';
import type { Adapter } from '../../ts/adapters/adapter.js';
import { sha256 } from '../../ts/adapters/files/sha256.js';
import { fitAdapter } from '../../ts/adapters/fit-adapter.js';
import type { FitAdapterOptions } from '../../ts/adapters/training/fit-adapter-options.js';
import { seededRandom } from '../support/random.js';

const [PAIRS, DIMS] = [200, 8];

/** Small whole numbers alone: queries are their documents seen through a whole-numbered map, with noise. */
function wholeNumbers() {
  const random = seededRandom(11);
  const draw = (count: number) => Float32Array.from({ length: count }, () => random.below(17) - 8);
  const [map, documents] = [draw(DIMS * DIMS), draw(PAIRS * DIMS)];
  const queries = documents.map((value, at) => {
    const row = Math.floor(at / DIMS) * DIMS;
    let image = 10 * value;
    for (let k = 0; k < DIMS; k++) image += map[(at % DIMS) * DIMS + k] * documents[row + k];
    return image + random.below(41) - 20;
  });
  return { queries: { data: queries, dims: DIMS }, documents: { data: documents, dims: DIMS } };
}

/** Of the numbers alone: what else a file says comes from logarithms, in whose last bit engines may differ. */
function weightsHash(adapter: Adapter): string {
  const { query, document } = adapter.toJSON();
  const all = [query, document].flatMap((head) => Object.values(head ?? {}).flatMap(({ data }) => data));
  return sha256(new Uint8Array(Float32Array.from(all).buffer));
}

// Of the baseline build: the same in each Node version, operating system and engine. A change of the training, of the
// file or of the core changes them; then take over what the test prints.
it.each<[string, Partial<FitAdapterOptions>, string]>([
  ['full', {}, '58a4ad4a4cf83b3e9cbcf3a6beeb3b43188ea18c007bd5d9e14910e9f07a9eb3'],
  [
    'low rank, within 40 degrees',
    { rank: 4, maxDrift: 40 },
    '61e04e4218fa9896d5798892300eca7bb0cbd159557914208df497650a53bfd6',
  ],
  [
    'perceptron, mined negatives',
    { hidden: 6, negatives: { mine: 2 } },
    '12cb1408fe891b39e803a53ec6ea4fedae303e0d7c497ae432e07d98a82a0084',
  ],
  [
    'two heads of smaller outputs',
    { adapt: 'both', dims: [4, 2] },
    '82a854377e7e62a60cdadaa84798b746fe4e8c389bb8a61fbea355741cdf770c',
  ],
])('an adapter has the bits that it has everywhere: %s', async (_, options, wanted) => {
  const { adapter, report } = await fitAdapter({
    ...{ ...wholeNumbers(), qrels: 'pairs', seed: 5, maxEpochs: 8, deterministic: true, ...options },
  });
  expect(report.training.bestEpoch).toBeGreaterThan(0);
  expect(adapter.isIdentity).toBe(false);
  expect(weightsHash(adapter)).toBe(wanted);
});

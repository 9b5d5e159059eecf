import { expect, it } from 'vitest';
import type { Adapter } from '../../ts/adapters/adapter.js';
import { fitAdapter } from '../../ts/adapters/fit-adapter.js';
import type { FitAdapterOptions } from '../../ts/adapters/fit-adapter-options.js';
import { sha256 } from '../../ts/adapters/sha256.js';
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
  ['full', {}, 'cdec29c2adfaa0edb38ef49b4c04838827c78016183be9cb79d3545a9bc0756d'],
  [
    'low rank, within 40 degrees',
    { rank: 4, maxDrift: 40 },
    '81fb7435b8a9b8c2fcd826e8703e754543ff2c097fd5fac024cdef29f73c10de',
  ],
  [
    'perceptron, mined negatives',
    { hidden: 6, negatives: { mine: 2 } },
    '7106a251adccf224a77afb24a573a12b961a5f3cae8267379575748251c33eb7',
  ],
  [
    'two heads of smaller outputs',
    { adapt: 'both', dims: [4, 2] },
    '27daf07d65683a6a0ee88a3cf88992f149eda8f4bbb78d41a4aba948a33d6531',
  ],
])('an adapter has the bits that it has everywhere: %s', async (_, options, wanted) => {
  const { adapter, report } = await fitAdapter({
    ...{ ...wholeNumbers(), qrels: 'pairs', seed: 5, maxEpochs: 8, deterministic: true, ...options },
  });
  expect(report.training.bestEpoch).toBeGreaterThan(0);
  expect(adapter.isIdentity).toBe(false);
  expect(weightsHash(adapter)).toBe(wanted);
});

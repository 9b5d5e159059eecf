import fc from 'fast-check';
import type { DenseLayer } from '../reference/encoder.js';
import type { Rows } from '../reference/linear-algebra.js';
import type { LossProblem } from '../reference/loss.js';
import { diagonalPairing, type Pairing, pairing } from '../reference/pairing.js';
import type { CriticName, ReferenceCritic } from '../reference/scores.js';
import { normalRows, type SeededRandom, seededRandom } from './random.js';

/** Runs of a property: few, since each compares whole gradients, and the same in every run of the suite. */
export const runs = { seed: 1903_11780, numRuns: 10 } as const;

/** Sizes that meet full SIMD tiles, their remainders, a single row and primes. */
export const size = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17);

/** Sizes of at least 2. */
export const sizeFromTwo = size.filter((n) => n > 1);

/** A seed for {@link seededRandom}: data come from it, so that ties and kinks have probability 0. */
export const seed = fc.integer({ min: 1, max: 2 ** 31 - 1 });

/** n queries against m candidates in each of the forms that the losses take. */
export type ProblemKind = 'square' | 'rectangular' | 'general';

/** A loss problem together with the ids (one a candidate) behind its exclusions. */
export interface GeneratedProblem extends LossProblem {
  readonly kind: ProblemKind;
  readonly ids: readonly number[] | undefined;
}

/**
 * Problems for one critic: `square` (n pairs), `rectangular` (m > n, the first n candidates being right) and `general`
 * (any n and m, one to three positives a query with equal or graded weights, ids that exclude). All have at least one
 * off pair. Scores are of the order of 1/τ whatever the width.
 */
export function lossProblem(critic: CriticName, kind: ProblemKind): fc.Arbitrary<GeneratedProblem> {
  const shape = fc.record({ n: size, extra: size, width: size, otherWidth: size });
  const temperature = fc.constantFrom(0.25, 0.5, 1, 2);
  return fc
    .record({ shape, temperature, seed })
    .map((drawn) => {
      const { n, width } = drawn.shape;
      const random = seededRandom(drawn.seed);
      const m = { square: n, rectangular: n + drawn.shape.extra, general: drawn.shape.extra }[kind];
      const widthH = critic === 'bilinear' || critic === 'joint' ? drawn.shape.otherWidth : width;
      return {
        kind,
        G: normalRows(random, n, width, width ** -0.25),
        H: normalRows(random, m, widthH, widthH ** -0.25),
        critic: referenceCritic(critic, drawn.temperature, width, widthH, random),
        ...(kind === 'general' ? generalPairing(n, m, random) : { pairs: diagonalPairing(n, m), ids: undefined }),
      };
    })
    .filter(({ pairs }) => pairs.off.length > 0);
}

function referenceCritic(
  name: CriticName,
  temperature: number,
  width: number,
  widthH: number,
  random: SeededRandom,
): ReferenceCritic {
  if (name === 'joint') return { name, temperature, layers: normalLayers(random, width + widthH, [5, 3]) };
  if (name !== 'bilinear') return { name, temperature };
  return { name, temperature, weights: normalRows(random, width, widthH, (width * widthH) ** -0.25) };
}

/** Layers of so many units and one output, with biases, whose outputs are of the order of their inputs. */
export function normalLayers(random: SeededRandom, inputs: number, hidden: readonly number[]): DenseLayer[] {
  return [...hidden, 1].map((units, l) => {
    const width = hidden[l - 1] ?? inputs;
    const [bias] = normalRows(random, 1, units, 0.3);
    return { weights: normalRows(random, units, width, (2 / width) ** 0.5), bias };
  });
}

/** One to three positives a query, and ids such that some candidates share one. */
export function generalPairing(n: number, m: number, random: SeededRandom): { pairs: Pairing; ids: number[] } {
  const ids = Array.from({ length: m }, () => random.below(Math.max(2, m)));
  const isGraded = random.below(2) === 1;
  const positives = Array.from({ length: n }, () => {
    const candidates = distinct(Math.min(m, 1 + random.below(3)), m, random);
    const shares = candidates.map(() => (isGraded ? 0.25 + random.uniform() : 1));
    const total = shares.reduce((sum, share) => sum + share, 0);
    return candidates.map((candidate, k) => ({ candidate, weight: Math.fround(shares[k] / total) }));
  });
  return { pairs: pairing(positives, m, ids), ids };
}

function distinct(count: number, m: number, random: SeededRandom): number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.below(m));
  return [...chosen].sort((a, b) => a - b);
}

/** A square score matrix drawn at random: `scale` is the deviation of its entries. */
export function scoreMatrix(
  scale: number,
  sizes = sizeFromTwo,
): fc.Arbitrary<{ readonly scores: Rows; readonly n: number }> {
  return fc.record({ n: sizes, seed }).map((drawn) => ({
    n: drawn.n,
    scores: normalRows(seededRandom(drawn.seed), drawn.n, drawn.n, scale),
  }));
}

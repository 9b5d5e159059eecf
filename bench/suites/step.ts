import type { PenaltyTerm, StepProblem } from '../problem.js';
import { normals, type Random, random } from '../random.js';
import { type BenchCase, type Extent, inTurns, type Suite } from './suite.js';

/** A training step of two encoders: forward, loss, backward, Adam. */
export const step: Suite = {
  name: 'step',
  title: 'One training step',
  about: 'two encoders on a batch of n pairs: forward, InfoNCE with the separable critic, backward, Adam',
  order: 'interleaved',
  measurement: inTurns,
  cases: (extent) => shapes[extent].map(stepCase),
};

interface Shape {
  readonly widths: readonly number[];
  readonly n: number;
  /** Points of the gradient penalty; 0 for none. */
  readonly points: number;
}

/** What a gradient penalty is set against: this library's own step without it. */
export const withoutPenalty = 'without-penalty';

// 784 is a 28 x 28 digit, 1764 a grid of nine digits at half size, 7056 at full size. The odd widths of the check are
// no multiple of any SIMD width.
const shapes: Readonly<Record<Extent, readonly Shape[]>> = {
  check: [
    { widths: [37, 19, 11, 5], n: 13, points: 0 },
    { widths: [37, 19, 11, 5], n: 13, points: 6 },
  ],
  quick: [
    { widths: [784, 512, 256, 64], n: 256, points: 0 },
    { widths: [1764, 512, 256, 64], n: 64, points: 16 },
  ],
  full: [
    { widths: [784, 512, 256, 64], n: 256, points: 0 },
    { widths: [7056, 512, 256, 128], n: 256, points: 0 },
    { widths: [1764, 512, 256, 64], n: 64, points: 16 },
    { widths: [1764, 512, 256, 64], n: 512, points: 512 },
  ],
};

/** A step of such encoders on such a batch. */
export function stepCase(shape: Shape): BenchCase {
  const { widths, n, points } = shape;
  const encoder = widths.join('-');
  const one = {
    description: { encoder, n, lipschitz: points > 0 ? 'gradient-penalty' : 'none', points },
    label: `${encoder} n ${n}${points > 0 ? `, penalty on ${points} points` : ''}`,
    problem: () => stepProblem(shape),
  };
  return points > 0 ? { ...one, baseline: unpenalised(shape) } : one;
}

function unpenalised(shape: Shape): BenchCase['baseline'] {
  return {
    name: withoutPenalty,
    problem: () => stepProblem({ ...shape, points: 0 }),
    comparable: ({ losses }) => ({ loss: losses.subarray(0, 1) }),
  };
}

/**
 * Pairs that share half their variance, and two encoders with He initialisation. The learning rate is large enough
 * for the losses of the first steps to show an optimiser that is one per cent off, and small enough that the steps
 * of a whole timing do not drive the softmax into denormal numbers.
 */
function stepProblem({ widths, n, points }: Shape): StepProblem {
  const source = random(3);
  const x = normals(source, n * widths[0]);
  const y = normals(source, x.length).map((noise, k) => Math.SQRT1_2 * (x[k] + noise));
  const xWeights = initialWeights(source, widths);
  const yWeights = initialWeights(source, widths);
  return { kind: 'step', widths, n, learningRate: 1e-4, penalty: penaltyOn(points), x, y, xWeights, yWeights };
}

function penaltyOn(points: number): PenaltyTerm | null {
  return points > 0 ? { coefficient: 0.1, points } : null;
}

function initialWeights(source: Random, widths: readonly number[]): Float32Array[] {
  return widths.slice(1).map((outputs, layer) => {
    const inputs = widths[layer];
    return normals(source, outputs * inputs, Math.sqrt(2 / inputs));
  });
}

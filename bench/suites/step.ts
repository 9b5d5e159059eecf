import type { StepProblem } from '../problem.js';
import { normals, type Random, random } from '../random.js';
import type { BenchCase, Extent, Suite } from './suite.js';

/** A training step of two encoders: forward, loss, backward, Adam. */
export const step: Suite = {
  name: 'step',
  title: 'One training step of two encoders, InfoNCE, separable critic, Adam (ms)',
  cases: (extent) => shapes[extent].map(({ widths, n }) => stepCase(widths, n)),
};

interface Shape {
  readonly widths: readonly number[];
  readonly n: number;
}

// 784 is a 28 x 28 digit. The odd widths of the check are no multiple of any SIMD width.
const shapes: Readonly<Record<Extent, readonly Shape[]>> = {
  check: [{ widths: [37, 19, 11, 5], n: 13 }],
  quick: [{ widths: [784, 512, 256, 64], n: 256 }],
  full: [{ widths: [784, 512, 256, 64], n: 256 }],
};

function stepCase(widths: readonly number[], n: number): BenchCase {
  const encoder = widths.join('-');
  return {
    description: { encoder, n, lipschitz: 'none', points: 0 },
    label: `${encoder} n ${n}`,
    problem: () => stepProblem(widths, n),
  };
}

/**
 * Pairs that share half their variance, and two encoders with He initialisation. The learning rate is large enough
 * for the losses of the first steps to show an optimiser that is one per cent off, and small enough that the steps
 * of a whole timing do not drive the softmax into denormal numbers.
 */
function stepProblem(widths: readonly number[], n: number): StepProblem {
  const source = random(3);
  const x = normals(source, n * widths[0]);
  const y = normals(source, x.length).map((noise, k) => Math.SQRT1_2 * (x[k] + noise));
  const xWeights = initialWeights(source, widths);
  const yWeights = initialWeights(source, widths);
  return { kind: 'step', widths, n, learningRate: 1e-4, x, y, xWeights, yWeights };
}

function initialWeights(source: Random, widths: readonly number[]): Float32Array[] {
  return widths.slice(1).map((outputs, layer) => {
    const inputs = widths[layer];
    return normals(source, outputs * inputs, Math.sqrt(2 / inputs));
  });
}

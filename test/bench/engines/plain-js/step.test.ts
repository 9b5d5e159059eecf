import { describe, expect, it } from 'vitest';
import { stepTrial } from '../../../../bench/engines/plain-js/step.js';
import type { StepProblem } from '../../../../bench/problem.js';
import { step } from '../../../../bench/suites/step.js';
import { encode, type ReferenceEncoder } from '../../../reference/encoder.js';
import { loss } from '../../../reference/loss.js';
import { diagonalPairing } from '../../../reference/pairing.js';
import { expectClose, float32 } from '../../../support/close.js';
import { scalarDifference } from '../../../support/finite-differences.js';
import { rowsOf } from '../../rows.js';

function checkProblem(): StepProblem {
  const problem = step.cases('check')[0].problem();
  if (problem.kind !== 'step') throw new Error('not a step');
  return problem;
}

function referenceEncoder(problem: StepProblem, weights: readonly Float32Array[]): ReferenceEncoder {
  const layers = weights.map((matrix, index) => ({ weights: rowsOf(matrix, problem.widths[index]) }));
  return { layers, activation: 'relu' };
}

/** The loss of the first step in float64, with element (0, k) of the x encoder's first layer at `moved`. */
function referenceLoss(problem: StepProblem): (k?: number, moved?: number) => number {
  const x = rowsOf(problem.x, problem.widths[0]);
  const H = encode(referenceEncoder(problem, problem.yWeights), rowsOf(problem.y, problem.widths[0]));
  const { layers, activation } = referenceEncoder(problem, problem.xWeights);
  const [first, ...later] = layers;
  const pairs = diagonalPairing(problem.n);
  return (k = 0, moved = first.weights[0][k]) => {
    const weights = first.weights.with(0, first.weights[0].with(k, moved));
    const G = encode({ layers: [{ weights }, ...later], activation }, x);
    return -loss('cpc', { G, H, critic: { name: 'separable', temperature: 1 }, pairs });
  };
}

describe('stepTrial', () => {
  it('starts from the loss and the first-layer gradient of the float64 reference', async () => {
    const problem = checkProblem();
    const reference = referenceLoss(problem);
    const { losses, gradient } = await stepTrial(problem).answer();
    expectClose(losses.subarray(0, 1), [reference()], float32, 'loss');
    const [inputs] = problem.widths;
    const differences = Array.from({ length: inputs }, (_, k) =>
      scalarDifference((moved) => reference(k, moved), problem.xWeights[0][k]),
    );
    expectClose(gradient.subarray(0, inputs), differences, { relative: 1e-4 }, 'gradient');
  });

  it('lowers the loss at every step', async () => {
    const { losses } = await stepTrial(checkProblem()).answer();
    losses.slice(1).forEach((loss, index) => {
      expect(loss).toBeLessThan(losses[index]);
    });
  });
});

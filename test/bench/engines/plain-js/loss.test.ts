import { describe, it } from 'vitest';
import { lossTrial } from '../../../../bench/engines/plain-js/loss.js';
import { loss } from '../../../../bench/suites/loss.js';
import { lossGradients, loss as referenceLoss } from '../../../reference/loss.js';
import { diagonalPairing } from '../../../reference/pairing.js';
import { expectClose, float32 } from '../../../support/close.js';
import { rowsOf } from '../../rows.js';

describe('lossTrial', () => {
  it.each(loss.cases('check').map((one) => [one.label, one] as const))('%s: value and gradients', async (_, one) => {
    const problem = one.problem();
    if (problem.kind !== 'loss') throw new Error('not a loss');
    const { critic, objective, n, m, d, temperature, weights } = problem;
    const reference = {
      G: rowsOf(problem.x, d),
      H: rowsOf(problem.y, d),
      critic: { name: critic, temperature, ...(weights ? { weights: rowsOf(weights, d) } : {}) },
      pairs: diagonalPairing(n, m),
    };
    const { value, dX, dY, dWeights } = await lossTrial(problem).answer();
    const gradients = lossGradients(objective, reference);
    expectClose(value, [referenceLoss(objective, reference)], float32);
    expectClose(dX, gradients.dG, float32, 'dX');
    if (dY) expectClose(dY, gradients.dH, float32, 'dY');
    if (gradients.dWeights) expectClose(dWeights, gradients.dWeights, float32, 'dWeights');
  });
});

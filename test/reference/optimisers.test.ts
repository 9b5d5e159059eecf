import { describe, it } from 'vitest';
import { expectClose } from '../support/close.js';
import { adam, adamw, type OptimiserState, sgd, startFrom } from './optimisers.js';

type Step = (state: OptimiserState, gradient: readonly number[]) => OptimiserState;

/** The single parameter, 1 at the start, after each step. */
function trajectory(step: Step, gradients: readonly number[]): number[] {
  let state = startFrom([1]);
  return gradients.map((gradient) => {
    state = step(state, [gradient]);
    return state.parameters[0];
  });
}

/** The right values of shared/cases/cases.json: one parameter of 1, lr 0.1, three gradients. */
describe('reference: optimisers', () => {
  const gradients = [0.1, -0.2, 0.3];
  const learningRate = 0.1;

  it('Adam has its epsilon outside the root and corrects both averages', () => {
    const plain = trajectory((state, g) => adam(state, g, { learningRate }), gradients);
    expectClose(plain, [0.900000009999999, 0.9366103603884888, 0.9022862539477428], { absolute: 1e-14 });
    const large = trajectory((state, g) => adam(state, g, { learningRate, epsilon: 0.1 }), gradients);
    expectClose(large, [0.95, 0.9724278580726168, 0.9489628392449653], { absolute: 1e-14 });
  });

  it('AdamW decays weights, not averages', () => {
    const step: Step = (state, g) => adamw(state, g, { learningRate, weightDecay: 0.01 });
    expectClose(trajectory(step, [0, 0, 0]), [0.999, 0.998001, 0.997002999], { absolute: 1e-14 });
    const withGradients = [0.899000009999999, 0.9347113603784888, 0.8994525425773643];
    expectClose(trajectory(step, gradients), withGradients, { absolute: 1e-14 });
  });

  it('momentum starts at the first gradient', () => {
    const step: Step = (state, g) => sgd(state, g, { learningRate, momentum: 0.5 });
    expectClose(trajectory(step, gradients), [0.99, 1.005, 0.9825], { absolute: 1e-14 });
  });
});

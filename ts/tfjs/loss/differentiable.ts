import { clone, customGrad, engine, mul, neg, type Scalar, scalar, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { GradientError } from '../../wasm/errors.js';
import { readTensor } from '../tensor-data.js';
import { noteFailure } from './abandoned-tape.js';
import type { EmbeddingSizes } from './embeddings.js';
import type { LossEvaluator } from './loss-evaluator.js';

/**
 * Minus what is climbed, as a scalar that knows its gradients by `inputs`: x, y and the critic's variables.
 *
 * They are computed with the value where a tape records, since the core has both at hand, and wait there to be scaled.
 */
export function differentiable(evaluator: LossEvaluator, sizes: EmbeddingSizes, inputs: readonly Tensor[]): Scalar {
  const gradients = engine().isTapeOn() ? 'all' : 'none';
  const evaluate = () =>
    evaluator.run(sizes, inputs.map(readTensor), gradients, ({ surrogate, gradients }) => ({
      value: scalar(-surrogate),
      // Copies: by the time that they are asked for, the core may have computed something else.
      climbs: gradients.map((climb) => climb.slice()),
    }));
  if (gradients === 'none') return evaluate().value;
  return customGrad<Scalar>(() => {
    const { value, climbs } = evaluate();
    return { value, gradFunc: (dy) => descents(dy, climbs, inputs) };
  })(...inputs);
}

/** -dy times what climbs. */
function descents(dy: Scalar, climbs: readonly Float32Array[], inputs: readonly Tensor[]): Tensor[] {
  const down = neg(dy);
  const factors = inputs.map(({ shape }, at) => tensor(climbs[at] ?? [], shape));
  return factors.map((factor) => mul(engine().isTapeOn() ? underivable(factor, inputs) : factor, down));
}

/** `factor`, as a function of `inputs` that has no derivative: tfjs would take it for a constant. */
function underivable(factor: Tensor, inputs: readonly Tensor[]): Tensor {
  const gradFunc = (): never => {
    noteFailure();
    throw new GradientError(
      'contrastiveLoss has first derivatives only, and a derivative of its gradients was asked for: take penalties of the' +
        ' encoders (which do not pass through the loss), a Lipschitz projection, or fit with native encoders',
    );
  };
  return customGrad(() => ({ value: clone(factor), gradFunc }))(...inputs);
}

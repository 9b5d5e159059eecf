import { engine, grads, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { GradientError } from '../../wasm/errors.js';
import { missingDerivative, placeOf, placeOfOp, tapeLength } from './missing-derivative.js';
import { watchLayers } from './watch-layers.js';

type Differentiated = (...at: Tensor[]) => Scalar;

const REMEDY =
  "keep the constraint by a projection (lipschitz: 'spectral' of fit, --lipschitz spectral, or spectralConstraint of layers), take the penalty by the embeddings (gradientPenalty({ over: 'embeddings' }), --penalty-over embeddings), or take another layer: strided convolutions for pooling, relu for its leaky siblings";

/**
 * `of` the gradients of f by its arguments, as a function that TensorFlow.js can differentiate once more.
 *
 * @param models whose layers f runs, for the message
 * @throws {GradientError} on an op of f without a first derivative, or one of the gradients without any, where a
 * tape records
 */
export function differentiableTwice(
  f: Differentiated,
  at: readonly Tensor[],
  of: (gradients: readonly Tensor[]) => Scalar,
  models: readonly LayersModel[],
): Scalar {
  const from = engine().state.gradientDepth === 0 ? 0 : tapeLength();
  const forward = { begin: 0, end: 0 };
  const gradients = (): Tensor[] =>
    grads((...at: Tensor[]) => {
      forward.begin = tapeLength();
      const value = f(...at);
      forward.end = tapeLength();
      return value;
    })([...at]);
  const gap = (order: string, op: string, place: number): GradientError => {
    const layer = layerOf(place - forward.begin, models, forward, gradients);
    return new GradientError(
      `the gradient penalty needs second derivatives, and TensorFlow.js has no ${order} derivative through ${op}${layer}: ${REMEDY}`,
    );
  };
  const first = attempt(gradients, {
    missing: (op) => gap('first', op, placeOf(op, forward.begin)),
    wholeNumbers: (op) =>
      wholeNumbers(op, layerOf(placeOfOp(op, forward.begin) - forward.begin, models, forward, gradients)),
  });
  const result = of(first);
  const missing = engine().isTapeOn() ? missingDerivative(from, forward.end, result) : null;
  if (missing !== null) throw gap('second', missing.op, missing.place);
  return result;
}

/** As TensorFlow.js says that an op has no gradient. */
const NOT_FOUND = /gradient function not found for (\w+)/;

/** As it says that an input is of another type: indices of what is looked up. */
const NOT_FLOAT = /^Error in gradient for op (\w+)\. The gradient of input '?\w+'? must have 'float32' dtype/;

/** How what TensorFlow.js throws is refused, by the op that it names. */
interface Refusals {
  missing(op: string): GradientError;
  wholeNumbers(op: string): GradientError;
}

function attempt<T>(work: () => T, refusals: Refusals): T {
  try {
    return work();
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const [, missing] = NOT_FOUND.exec(message) ?? [];
    if (missing !== undefined) throw refusals.missing(missing);
    const [, wholeNumbers] = NOT_FLOAT.exec(message) ?? [];
    throw wholeNumbers === undefined ? error : refusals.wholeNumbers(wholeNumbers);
  }
}

function wholeNumbers(op: string, layer: string): GradientError {
  return new GradientError(
    `the gradient penalty differentiates by the inputs, and ${op}${layer} takes whole numbers: take gradientPenalty({ over: 'embeddings' }), or keep the constraint by a projection`,
  );
}

/** The layer at so many ops from where the forward pass begins, by running it once more; nothing where it can't be told. */
function layerOf(
  place: number,
  models: readonly LayersModel[],
  forward: { readonly begin: number },
  gradients: () => unknown,
): string {
  const places: { readonly name: string; readonly place: number }[] = [];
  const onLayer = (name: string): void => {
    places.push({ name, place: tapeLength() - forward.begin });
  };
  watchLayers(models, onLayer, () => {
    try {
      gradients();
    } catch {
      // As the first time.
    }
  });
  const layer = places.findLast((layer) => layer.place <= place);
  return layer === undefined ? '' : ` (layer "${layer.name}")`;
}

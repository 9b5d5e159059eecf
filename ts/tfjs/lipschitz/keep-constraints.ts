import { type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { checkOptions } from '../../wasm/check-options.js';
import { checkLayersModel } from '../check-layers-model.js';

/** What {@link keepConstraints} hooks into `model.fit`. */
export interface ConstraintCallbacks {
  onBatchEnd(): Promise<void>;
  onTrainEnd(): Promise<void>;
}

/**
 * Callbacks that apply the model's constraints after every batch, and strictly at the end: TensorFlow.js 4.22 reads
 * `kernelConstraint` and its siblings but `model.fit` never applies them (tensorflow/tfjs#3345), its own neither.
 *
 * ```ts
 * await model.fit(x, y, { callbacks: keepConstraints(model) });
 * ```
 *
 * @throws {OptionsError} on what is no LayersModel
 */
export function keepConstraints(model: LayersModel): ConstraintCallbacks {
  checkLayersModel(model, 'model');
  return {
    onBatchEnd: async () => applyConstraints(model),
    onTrainEnd: async () => applyConstraints(model, { strict: true }),
  };
}

/**
 * Applies the constraint of every weight of the model that has one; for loops of one's own, after the optimiser's step.
 *
 * @param options `strict`: certifies norms instead of estimating them, default false. Constraints of TensorFlow.js
 * itself know no difference.
 * @throws {OptionsError} on what is no LayersModel, and on unknown options
 */
export function applyConstraints(model: LayersModel, options: { readonly strict?: boolean } = {}): void {
  checkLayersModel(model, 'model');
  checkOptions(options, { strict: true }, 'applyConstraints');
  const { strict = false } = options;
  for (const weight of model.weights as readonly LayerVariable[]) {
    const constraint: StrictConstraint | null | undefined = weight.constraint;
    if (constraint == null) continue;
    tidy(() => {
      // Not by LayerVariable.write, which would apply the constraint once more.
      const variable = weight.read() as Variable;
      variable.assign(constraint.apply(variable, strict));
    });
  }
}

/** Our own constraints take a second argument, which others don't read. */
interface StrictConstraint {
  apply(weight: Tensor, strict?: boolean): Tensor;
}

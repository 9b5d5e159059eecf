import type { PairStandardiser } from '../../data/standardise.js';
import { createModel, type Model } from '../../training/model.js';
import type { CoreOptions } from '../../wasm/core.js';
import type { Side } from '../../wasm/trainer.js';
import type { TrainerSpec } from '../../wasm/trainer-spec.js';
import type { NamedTensor } from '../../wasm/trainer-tensors.js';
import type { Encoder } from './encoder.js';
import { type OpenEncoders, tfjsTrainer } from './trainer.js';

/**
 * A trained model whose encoders are TensorFlow.js's: a view of them. It embeds, certifies and saves with what their
 * variables hold at the time, so that training the encoders further changes it; its critic and standardisation are its
 * own. `toBytes` keeps it as it is.
 */
export interface TfjsModel extends Model {
  /** The encoders themselves; the same for both sides where they share one. */
  readonly encoders: Readonly<Record<Side, Encoder>>;
}

/** What a model is made of beside its encoders. */
export interface ModelParts {
  readonly spec: TrainerSpec;
  readonly tensors: readonly NamedTensor[];
  readonly standardiser: PairStandardiser | null;
}

/**
 * A model over encoders, which take up its parameters.
 *
 * @throws {CheckpointError} on parameters of other encoders
 */
export function modelOver(
  { spec, tensors, standardiser }: ModelParts,
  encoders: TfjsModel['encoders'],
  opened: OpenEncoders,
  options: CoreOptions,
): TfjsModel {
  const model = createModel(spec, tensors, standardiser, options, openTrainer(opened));
  return { ...model, encoders };
}

/** Opens trainers over these encoders. */
export function openTrainer(opened: OpenEncoders) {
  return (spec: TrainerSpec, tensors: readonly NamedTensor[], options: CoreOptions) => {
    const trainer = tfjsTrainer(spec, opened, options);
    try {
      trainer.restore(tensors, null);
      return trainer;
    } catch (error) {
      trainer.dispose();
      throw error;
    }
  };
}

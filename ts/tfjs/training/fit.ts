import { type FitResult, trainPlanned } from '../../training/fit.js';
import type { CoreOptions } from '../../wasm/core.js';
import { needingKernels } from '../kernels/missing-kernel.js';
import { encodersOf } from './encoder.js';
import { type TfjsFitOptions, tfjsRun } from './fit-options.js';
import { openTrainer, type TfjsModel } from './model.js';
import { tfjsTrainer } from './trainer.js';

/** What a run ends with. */
export interface TfjsFitResult extends FitResult {
  readonly model: TfjsModel;
}

/**
 * Trains encoders of TensorFlow.js, and a critic, on pairs: as fit of `kantorovich` does native ones, with the same
 * history, checkpoints and resumption, on the backend that is set. Loss and critic are computed by the core.
 *
 * The encoders' variables are trained in place, and hold the parameters of the model that this ends with: the best ones
 * with early stopping, with the constraint applied. `result.model` wraps them; disposing of it leaves them alone. Layers
 * know that they are trained in steps (dropout, batch normalisation) and only there; what regularisers add, those of nested
 * models and recurrent layers too, is part of the penalty, once for a layer. Variables that the encoders share are one
 * parameter. Layers that are not `trainable` are left as they are, averages of
 * batch normalisation too, which then normalises with them. A run is resumed with encoders of the same topology.
 *
 * @throws {OptionsError} on unknown names and values out of range
 * @throws {ShapeError} on encoders that do not take what the source gives, or batches of another size
 * @throws {DataError} on NaN in the data, or where a step's value, gradient or result is not finite (no checkpoint is written then)
 * @throws {StateError} where the wasm backend lacks what `registerKernels` brings
 * @throws {CheckpointError} on a checkpoint that is damaged or of another run
 */
export async function fit(options: TfjsFitOptions): Promise<TfjsFitResult> {
  const { spec, encoders } = tfjsRun(options);
  const create = (_: unknown, core: CoreOptions) => tfjsTrainer(spec, encoders, core);
  const plan = { options, spec, trainers: { create, open: openTrainer(encoders) } };
  const result = await needingKernels(() => trainPlanned(() => plan));
  return { ...result, model: { ...result.model, encoders: encodersOf(options.encoder) } };
}

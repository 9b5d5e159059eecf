import type { CoreOptions } from '../wasm/core.js';
import { createTrainer, type Trainer, trainerOf } from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';

/** A trainer with the parameters of a model, as they were exported. */
export type OpenTrainer = (spec: TrainerSpec, parameters: readonly NamedTensor[], options: CoreOptions) => Trainer;

/** How the trainers of a run and of the model that it ends with are made. */
export interface TrainerFactory {
  /** A trainer as its run begins. */
  create(spec: TrainerSpec, options: CoreOptions): Trainer;
  readonly open: OpenTrainer;
}

/** Trainers of the core's own encoders. */
export const coreTrainers: TrainerFactory = { create: createTrainer, open: trainerOf };

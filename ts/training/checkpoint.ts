import type { BatchCursor } from '../data/pair-source.js';
import type { PairStandardiser } from '../data/standardise.js';
import { CheckpointError } from '../wasm/errors.js';
import type { Trainer } from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { Counters, NamedTensor } from '../wasm/trainer-tensors.js';
import type { Patience } from './early-stopping.js';
import { readModelFile, writeModelFile } from './model-file.js';

/** All that a run goes on from, beside the trainer's own state. */
export interface RunState {
  readonly cursor: BatchCursor;
  readonly patience: Patience;
  /** The model of the best evaluation so far, where early stopping keeps one. */
  readonly best: readonly NamedTensor[] | null;
}

/** A run as its checkpoint holds it. */
export interface Checkpoint extends RunState {
  readonly spec: TrainerSpec;
  readonly tensors: readonly NamedTensor[];
  readonly counters: Counters;
  readonly standardiser: PairStandardiser | null;
}

const BEST = 'best.';

/** The checkpoint's bytes: the raw state, so that saving never changes training. */
export function writeCheckpoint(
  spec: TrainerSpec,
  trainer: Trainer,
  standardiser: PairStandardiser | null,
  { cursor, patience, best }: RunState,
): Uint8Array {
  const kept = (best ?? []).map((tensor) => ({ ...tensor, name: BEST + tensor.name }));
  const tensors = [...trainer.tensors('state'), ...kept];
  const extra = { counters: trainer.counters(), cursor, patience };
  return writeModelFile({ kind: 'checkpoint', spec, tensors, standardiser, extra });
}

/**
 * Reads a checkpoint.
 *
 * @throws {CheckpointError} on bytes that are none
 */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const { spec, tensors, standardiser, extra } = readModelFile(bytes, 'checkpoint');
  if (!isRun(extra)) throw new CheckpointError('the checkpoint does not say where its run stood');
  const best = tensors.filter(({ name }) => name.startsWith(BEST));
  return {
    spec,
    tensors: tensors.filter(({ name }) => !name.startsWith(BEST)),
    standardiser,
    ...extra,
    best: best.length > 0 ? best.map((tensor) => ({ ...tensor, name: tensor.name.slice(BEST.length) })) : null,
  };
}

function isRun(extra: object): extra is { counters: Counters; cursor: BatchCursor; patience: Patience } {
  return 'counters' in extra && 'cursor' in extra && 'patience' in extra;
}

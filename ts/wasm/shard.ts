import { guard, succeed } from './call.js';
import type { CoreOptions } from './core.js';
import type { Pointer } from './exports.js';
import { type CoreLoss, type CoreLossSpec, type LossReport, lastEvaluation, openLoss } from './loss.js';
import { words } from './memory.js';
import type { Disposable, Resource } from './resource.js';
import { lastStep, openTrainer, type StepReport, type Trainer } from './trainer.js';
import type { TrainerSpec } from './trainer-spec.js';

/** Bytes that one shard computes and the others need. */
export interface Region {
  /** The index of the shard that computes them. */
  readonly owner: number;
  /** Where they lie in this shard's memory. */
  readonly at: Pointer;
  /** A multiple of 4. */
  readonly bytes: number;
}

/**
 * One of several equal objects that share what they compute. It goes in phases: in each, a shard computes its part, and
 * then all take one another's. After the last phase all are again equal, bit for bit, to one alone.
 */
export interface Shard extends Disposable {
  /** How many phases there are. */
  readonly phases: number;
  /** What to exchange after a phase: the same list in every shard but for addresses. */
  regions(after: number): readonly Region[];
  /** The bytes of a region, as a view that the next call may detach. */
  bytes(region: Region): Uint8Array;
}

/** A trainer that shares steps. */
export interface TrainerShard extends Shard {
  /** Holds a whole batch, and the whole state once `stateRegions()` are exchanged. */
  readonly trainer: Trainer;
  /** The rows of the batch that this shard reads: the first, and the one after the last. Others get theirs. */
  readonly ownRows: readonly [number, number];
  /**
   * Computes this shard's part of a phase, counted from 0, of the step on the trainer's batch.
   *
   * @throws {DataError} where a value is not finite, in the same phase of every shard; nothing has then changed
   */
  run(phase: number): void;
  /** What to exchange before the state is read. */
  stateRegions(): readonly Region[];
  /** What the step did, after its last phase. */
  report(): StepReport;
}

/** A loss that shares evaluations. */
export interface LossShard extends Shard {
  readonly loss: CoreLoss;
  /**
   * Computes this shard's part of a phase of the evaluation of what stands in x, y and the weights.
   *
   * @throws {DataError} on NaN or infinity, or where scores leave single precision, in the same phase of every shard
   */
  run(phase: number, temperature: number): void;
  /** What the evaluation found, after its last phase. */
  report(): LossReport;
}

/** Creates shard `index` of `count`; throws what the core refuses: ShapeError, DataError or OptionsError. */
export function createTrainerShard(
  spec: TrainerSpec,
  index: number,
  count: number,
  options: CoreOptions = {},
): TrainerShard {
  const { held, trainer } = openTrainer(spec, options);
  const { exports } = held.core;
  share(held, () => exports.trainer_share(held.pointer(), index, count));
  const phases = guard(held.core, exports.trainer_phases);
  return {
    ...shard(held, phases, exports.trainer_regions),
    trainer,
    ownRows: readOwnRows(held),
    run: (phase) => succeed(held.core, () => exports.trainer_phase(held.pointer(), phase)),
    stateRegions: () => readRegions(held, exports.trainer_regions, phases),
    report: () => lastStep(held),
  };
}

/** Creates shard `index` of `count`; throws what the core refuses: ShapeError, DataError or OptionsError. */
export function createLossShard(spec: CoreLossSpec, index: number, count: number): LossShard {
  const { held, loss } = openLoss(spec);
  const { exports } = held.core;
  share(held, () => exports.loss_share(held.pointer(), index, count));
  return {
    ...shard(held, guard(held.core, exports.loss_phases), exports.loss_regions),
    loss,
    run: (phase, temperature) => succeed(held.core, () => exports.loss_phase(held.pointer(), phase, temperature)),
    report: () => lastEvaluation(held),
  };
}

/** An export that lists regions. */
type ListRegions = (object: Pointer, phase: number) => Pointer;

function share(held: Resource, call: () => number): void {
  try {
    succeed(held.core, call);
  } catch (error) {
    held.dispose();
    throw error;
  }
}

function shard(held: Resource, phases: number, list: ListRegions): Shard {
  return {
    phases,
    regions: (after) => readRegions(held, list, after),
    bytes: ({ at, bytes }) => new Uint8Array(held.core.exports.memory.buffer, at, bytes),
    dispose: held.dispose,
    [Symbol.dispose]: held.dispose,
  };
}

function readOwnRows({ core, pointer }: Resource): readonly [number, number] {
  guard(core, () => core.exports.trainer_own_rows(pointer()));
  const [first = 0, end = 0] = words(core, core.exports.trainer_words(pointer()), 2);
  return [first, end];
}

function readRegions({ core, pointer }: Resource, listRegions: ListRegions, phase: number): readonly Region[] {
  const at = guard(core, () => listRegions(pointer(), phase));
  const [count = 0] = words(core, at, 1);
  const list = words(core, at + Uint32Array.BYTES_PER_ELEMENT, 3 * count);
  return Array.from({ length: count }, (_, i) => {
    const [owner = 0, address = 0, bytes = 0] = list.subarray(3 * i, 3 * i + 3);
    return { owner, at: address, bytes };
  });
}

import { guard, succeed } from './call.js';
import type { CoreOptions } from './core.js';
import type { Pointer } from './exports.js';
import { words } from './memory.js';
import type { Disposable, Resource } from './resource.js';
import { type CoreTrainer, lastStep, openTrainer, type StepReport } from './trainer.js';
import type { TrainerSpec } from './trainer-spec.js';

/** Bytes of a trainer that one shard computes and the others need. */
export interface Region {
  /** The index of the shard that computes them. */
  readonly owner: number;
  /** Where they lie in this shard's memory. */
  readonly at: Pointer;
  /** A multiple of 4. */
  readonly bytes: number;
}

/**
 * One of several equal trainers that take each step together. A step is a number of phases; in each a shard computes its
 * part, and then all take one another's: after the last phase all are again equal, bit for bit, to one trainer alone.
 */
export interface Shard extends Disposable {
  /** Holds a whole batch, and the whole state once `regions('state')` are exchanged. */
  readonly trainer: CoreTrainer;
  /** The rows of the batch that this shard reads: the first, and the one after the last. Others get theirs. */
  readonly ownRows: readonly [number, number];
  /** How many phases a step has. */
  readonly phases: number;
  /**
   * Computes this shard's part of a phase, counted from 0, of the step on the trainer's batch.
   *
   * @throws {DataError} where a value is not finite, in the same phase of every shard; nothing has then changed
   */
  run(phase: number): void;
  /** What to exchange after a phase, or before the state is read: the same list in every shard but for addresses. */
  regions(after: number | 'state'): readonly Region[];
  /** The bytes of a region, as a view that the next call may detach. */
  bytes(region: Region): Uint8Array;
  /** What the step did, after its last phase. */
  report(): StepReport;
}

/** Creates shard `index` of `count`; throws what the core refuses: ShapeError, DataError or OptionsError. */
export function createShard(spec: TrainerSpec, index: number, count: number, options: CoreOptions = {}): Shard {
  const { held, trainer } = openTrainer(spec, options);
  const { core } = held;
  try {
    succeed(core, () => core.exports.trainer_share(held.pointer(), index, count));
  } catch (error) {
    held.dispose();
    throw error;
  }
  const phases = guard(core, () => core.exports.trainer_phases());
  return {
    trainer,
    ownRows: readOwnRows(held),
    phases,
    run: (phase) => succeed(core, () => core.exports.trainer_phase(held.pointer(), phase)),
    regions: (after) => readRegions(held, after === 'state' ? phases : after),
    bytes: ({ at, bytes }) => new Uint8Array(core.exports.memory.buffer, at, bytes),
    report: () => lastStep(held),
    dispose: held.dispose,
    [Symbol.dispose]: held.dispose,
  };
}

function readOwnRows({ core, pointer }: Resource): readonly [number, number] {
  guard(core, () => core.exports.trainer_own_rows(pointer()));
  const [first = 0, end = 0] = words(core, core.exports.trainer_words(pointer()), 2);
  return [first, end];
}

function readRegions({ core, pointer }: Resource, phase: number): readonly Region[] {
  const at = guard(core, () => core.exports.trainer_regions(pointer(), phase));
  const [count = 0] = words(core, at, 1);
  const list = words(core, at + Uint32Array.BYTES_PER_ELEMENT, 3 * count);
  return Array.from({ length: count }, (_, i) => {
    const [owner = 0, address = 0, bytes = 0] = list.subarray(3 * i, 3 * i + 3);
    return { owner, at: address, bytes };
  });
}

import { transfer } from 'comlink';
import type { Engine } from '../training/engine.js';
import type { CoreOptions } from '../wasm/core.js';
import { InternalError } from '../wasm/errors.js';
import type { Trainer } from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import { type BatchPlaces, batchPlaces } from './batch-places.js';
import { linksOf, portsOf } from './links.js';
import { type Members, startMembers } from './members.js';
import type { ShardState } from './shard-setup.js';

/** What a pool is made for. */
export interface PoolSetup {
  /** How many workers. */
  readonly count: number;
  readonly spec: TrainerSpec;
  readonly options: CoreOptions;
  /** The run's own trainer, which `sync` brings up to date. */
  readonly trainer: Trainer;
  /** What the run goes on from; null for a new one. */
  readonly state: ShardState | null;
}

/**
 * Starts workers that take a run's steps together.
 *
 * @throws {WorkerError} naming a worker that does not start, or dies; the others have then ended
 */
export async function startPool({ count, spec, options, trainer, state }: PoolSetup): Promise<Engine> {
  const places = batchPlaces(trainer);
  const members = await startMembers(count);
  const { deterministic = false } = options;
  const links = linksOf(count, places.shared);
  try {
    await members.ask((service, index) => {
      const link = links(index);
      const setup = { spec, options: { deterministic }, index, count, state, link };
      return service.begin(transfer(setup, portsOf(link)));
    });
  } catch (error) {
    members.end();
    throw error;
  }
  return engineOf(members, trainer, places);
}

function engineOf(members: Members, trainer: Trainer, places: BatchPlaces): Engine {
  let isSynced = true;
  return {
    step(x, y) {
      const send = places.put(x, y);
      isSynced = false;
      return first(members.ask((service) => service.step(send())));
    },
    prepare: places.prepare,
    async sync() {
      if (isSynced) return;
      const state = await first<ShardState | null>(members.ask((service) => service.state()));
      if (state === null) throw new InternalError('the first worker gave no state; please report how');
      trainer.restore(state.tensors, state.counters);
      isSynced = true;
    },
    within: members.within,
    dispose: members.end,
  };
}

/** All report the same. */
async function first<T>(answers: Promise<readonly T[]>): Promise<T> {
  return (await answers)[0] as T;
}

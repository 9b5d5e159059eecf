import { transfer } from 'comlink';
import { StateError } from '../wasm/errors.js';
import { createTrainerShard, type TrainerShard } from '../wasm/shard.js';
import type { Exchange } from './exchange.js';
import { openExchange } from './open-exchange.js';
import type { Link, SentBatch, ShardService, ShardSetup, ShardState } from './shard-setup.js';

/** A shard that has begun. */
interface Begun {
  readonly index: number;
  readonly shard: TrainerShard;
  readonly exchange: Exchange;
  readonly link: Link;
}

/** A shard of a trainer, as a worker offers it. */
export function trainerShardService(): Pick<ShardService, 'begin' | 'step' | 'state'> {
  let begun: Begun | null = null;
  const own = (): Begun => {
    if (begun === null) throw new StateError('this shard has not begun');
    return begun;
  };
  return {
    async begin(setup) {
      begun = begin(setup);
    },
    step: (batch) => step(own(), batch),
    state: () => wholeState(own()),
  };
}

function begin({ spec, options, index, count, state, link }: ShardSetup): Begun {
  const shard = createTrainerShard(spec, index, count, options);
  if (state !== null) shard.trainer.restore(state.tensors, state.counters);
  return { index, shard, exchange: openExchange(link, index, count), link };
}

async function step({ shard, exchange, link }: Begun, batch: SentBatch) {
  fill(shard, batchOf(link, batch));
  for (let phase = 0; phase < shard.phases; phase++) {
    shard.run(phase);
    await exchange.gather(shard.regions(phase), shard.bytes);
  }
  return shard.report();
}

function batchOf(link: Link, batch: SentBatch): Float32Array {
  if (typeof batch !== 'number') return batch;
  const place = link.kind === 'shared' ? link.places[batch] : undefined;
  if (place === undefined) throw new StateError(`there is no place ${batch} for a batch`);
  return place;
}

function fill({ trainer, ownRows: [first, end] }: TrainerShard, batch: Float32Array): void {
  const copy = (to: Float32Array, from: Float32Array, width: number): void => {
    to.subarray(first * width, end * width).set(from.subarray(first * width, end * width));
  };
  const x = trainer.x();
  copy(x, batch, trainer.xDim);
  copy(trainer.y(), batch.subarray(x.length), trainer.yDim);
}

async function wholeState({ index, shard, exchange }: Begun): Promise<ShardState | null> {
  await exchange.gather(shard.stateRegions(), shard.bytes);
  if (index !== 0) return null;
  const tensors = shard.trainer.tensors('state');
  const buffers = tensors.map(({ data }) => data.buffer);
  return transfer({ tensors, counters: shard.trainer.counters() }, buffers);
}

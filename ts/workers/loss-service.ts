import { transfer } from 'comlink';
import { StateError } from '../wasm/errors.js';
import type { CoreLoss } from '../wasm/loss.js';
import { createLossShard, type LossShard } from '../wasm/shard.js';
import type { Exchange } from './exchange.js';
import { openExchange } from './open-exchange.js';
import type { LossInputs, LossOutcome, LossShardSetup, ShardService } from './shard-setup.js';

/** A shard of a loss that has begun. */
interface Begun {
  readonly index: number;
  readonly shard: LossShard;
  readonly exchange: Exchange;
  /** x, y, weights, dX, dY and dWeights in memory shared with the caller. */
  readonly places: readonly Float32Array[] | null;
}

/** A shard of a loss, as a worker offers it. */
export function lossService(): Pick<ShardService, 'beginLoss' | 'evaluate'> {
  let begun: Begun | null = null;
  return {
    async beginLoss({ spec, index, count, link }: LossShardSetup) {
      const shard = createLossShard(spec, index, count);
      const places = link.kind === 'shared' ? link.places : null;
      begun = { index, shard, exchange: openExchange(link, index, count), places };
    },
    async evaluate(temperature, inputs) {
      if (begun === null) throw new StateError('this shard has not begun');
      return evaluate(begun, temperature, inputs);
    },
  };
}

async function evaluate({ index, shard, exchange, places }: Begun, temperature: number, sent: LossInputs) {
  const { loss } = shard;
  const inputs = sent ?? places ?? [];
  [loss.x, loss.y, loss.weights].forEach((own, at) => {
    const given = inputs[at];
    if (given !== undefined) own().set(given);
  });
  for (let phase = 0; phase < shard.phases; phase++) {
    shard.run(phase, temperature);
    await exchange.gather(shard.regions(phase), shard.bytes);
  }
  const report = shard.report();
  return index === 0 ? withGradients(report, loss, places) : { report, gradients: null };
}

function withGradients(
  report: LossOutcome['report'],
  { dX, dY, dWeights }: CoreLoss,
  places: Begun['places'],
): LossOutcome {
  const found = [dX, dY, dWeights];
  if (places === null) {
    const gradients = found.map((gradient) => gradient().slice());
    const buffers = gradients.map(({ buffer }) => buffer);
    return transfer({ report, gradients }, buffers);
  }
  found.forEach((gradient, at) => {
    places[3 + at]?.set(gradient());
  });
  return { report, gradients: null };
}

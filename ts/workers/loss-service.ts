import { transfer } from 'comlink';
import { StateError } from '../wasm/errors.js';
import { type CoreLoss, LOSS_GRADIENTS, LOSS_INPUTS, type LossGradients, type LossInputs } from '../wasm/loss.js';
import { createLossShard, type LossShard } from '../wasm/shard.js';
import type { Exchange } from './exchange.js';
import { openExchange } from './open-exchange.js';
import type { LossOutcome, LossShardSetup, ShardService } from './shard-setup.js';

/** A shard of a loss that has begun. */
interface Begun {
  readonly index: number;
  readonly shard: LossShard;
  readonly exchange: Exchange;
}

/** A shard of a loss, as a worker offers it. */
export function lossService(): Pick<ShardService, 'beginLoss' | 'evaluate'> {
  let begun: Begun | null = null;
  return {
    async beginLoss({ spec, index, count, link }: LossShardSetup) {
      const shard = createLossShard(spec, index, count);
      begun = { index, shard, exchange: openExchange(link, index, count) };
    },
    async evaluate(temperature, inputs, to) {
      if (begun === null) throw new StateError('this shard has not begun');
      const { index, shard } = begun;
      await evaluate(begun, temperature, inputs);
      const report = shard.report();
      if (index !== 0) return { report, gradients: null };
      return to === null ? sent(report, shard.loss) : written(report, shard.loss, to);
    },
  };
}

async function evaluate({ shard, exchange }: Begun, temperature: number, inputs: LossInputs): Promise<void> {
  for (const name of LOSS_INPUTS) shard.loss[name]().set(inputs[name]);
  for (let phase = 0; phase < shard.phases; phase++) {
    shard.run(phase, temperature);
    await exchange.gather(shard.regions(phase), shard.bytes);
  }
}

function sent(report: LossOutcome['report'], { dX, dY, dWeights }: CoreLoss): LossOutcome {
  const gradients = { dX: dX().slice(), dY: dY().slice(), dWeights: dWeights().slice() };
  const buffers = LOSS_GRADIENTS.map((name) => gradients[name].buffer);
  return transfer({ report, gradients }, buffers);
}

function written(report: LossOutcome['report'], loss: CoreLoss, to: LossGradients): LossOutcome {
  for (const name of LOSS_GRADIENTS) to[name].set(loss[name]());
  return { report, gradients: null };
}

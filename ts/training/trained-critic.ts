import { bilinear } from '../critics/bilinear.js';
import type { Critic } from '../critics/critic.js';
import { joint } from '../critics/joint.js';
import { resolveCritic } from '../critics/resolve-critic.js';
import { CheckpointError } from '../wasm/errors.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';

/**
 * The critic of a model, as losses take it.
 *
 * @throws {CheckpointError} on parameters that lack some of the critic's
 */
export function trainedCritic(spec: TrainerSpec, parameters: readonly NamedTensor[]): Critic {
  const { critic, criticHidden = [] } = spec;
  const temperature = trainedTemperature(spec, parameters);
  if (critic === 'bilinear') return bilinear({ temperature, weights: weightOf(parameters, 'critic.weight') });
  if (critic !== 'joint') return { ...resolveCritic(critic as Critic['name']), temperature };
  const layers = Array.from({ length: criticHidden.length + 1 }, (_, at) => ({
    weight: weightOf(parameters, `critic.${at}.weight`),
    bias: tensorOf(parameters, `critic.${at}.bias`).data,
  }));
  return joint({ temperature, layers });
}

/** What scores are divided by in the end, also where it was learnt. */
export function trainedTemperature(spec: TrainerSpec, parameters: readonly NamedTensor[]): number {
  const learnt = parameters.find(({ name }) => name === 'critic.log_temperature')?.data[0];
  return learnt === undefined ? spec.temperature : Math.exp(learnt);
}

function weightOf(parameters: readonly NamedTensor[], name: string) {
  const { data, shape } = tensorOf(parameters, name);
  const [rows = 0, cols = 0] = shape;
  return { data, rows, cols };
}

function tensorOf(parameters: readonly NamedTensor[], name: string): NamedTensor {
  const found = parameters.find((tensor) => tensor.name === name);
  if (found === undefined) throw new CheckpointError(`this model's critic has no ${name}`);
  return found;
}

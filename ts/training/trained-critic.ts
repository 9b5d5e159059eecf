import type { Critic } from '../critics/critic.js';
import { resolveCritic } from '../critics/resolve-critic.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';

/** The critic of a model, as losses take it. */
export function trainedCritic({ critic, temperature }: TrainerSpec, parameters: readonly NamedTensor[]): Critic {
  const find = (name: string) => parameters.find((tensor) => tensor.name === name);
  const learnt = find('critic.log_temperature')?.data[0];
  const weights = find('critic.weight');
  const [rows = 0, cols = 0] = weights?.shape ?? [];
  return {
    ...resolveCritic(critic as Critic['name']),
    temperature: learnt === undefined ? temperature : Math.exp(learnt),
    weights: weights === undefined ? null : { data: weights.data, rows, cols },
  };
}

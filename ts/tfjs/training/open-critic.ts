import type { Critic } from '../../critics/critic.js';
import { trainedCritic } from '../../training/trained-critic.js';
import type { CoreOptions } from '../../wasm/core.js';
import { createTrainer } from '../../wasm/trainer.js';
import type { TrainerSpec } from '../../wasm/trainer-spec.js';
import type { Counters, NamedTensor } from '../../wasm/trainer-tensors.js';
import { type ContrastiveLoss, contrastiveLoss } from '../loss/contrastive-loss.js';
import { objectiveOf } from './objective-of.js';
import type { Parameter } from './parameters.js';

/** The loss of a run with the critic's parameters, where the core begins with them. */
export interface OpenCritic {
  readonly loss: ContrastiveLoss;
  readonly critic: Critic;
  /** By the names that the core gives them. */
  readonly parameters: readonly Parameter[];
  /** What penalties are drawn from. */
  readonly random: Counters['random'];
}

const PREFIX = 'critic.';

/**
 * The critic of a run as it begins. The core makes it with encoders of one layer, and so refuses what it refuses of a
 * native run.
 *
 * @throws {OptionsError} on numbers out of range
 * @throws {ShapeError} on embeddings that the critic does not take
 */
export function openCritic(spec: TrainerSpec, options: CoreOptions): OpenCritic {
  const { tensors, random } = firstCritic(spec, options);
  const { learnTemperature, xWidths, yWidths } = spec;
  const [d = 0, yDim = 0] = [xWidths.at(-1), (yWidths ?? xWidths).at(-1)];
  const critic = { ...trainedCritic(spec, tensors), learnTemperature };
  const loss = contrastiveLoss({ objective: objectiveOf(spec), critic, dims: [d, yDim], ...options });
  const parameters = loss.trainableVariables.map((variable): Parameter => {
    const name = variable.name.slice(variable.name.indexOf(PREFIX));
    const isWeight = name.endsWith('weight');
    return {
      name,
      variable,
      shape: variable.rank === 0 ? [1] : variable.shape,
      isTrained: true,
      constraint: null,
      geometry: isWeight ? {} : null,
      decays: isWeight,
      isCritics: true,
    };
  });
  return { loss, critic, parameters, random };
}

function firstCritic(spec: TrainerSpec, { deterministic = false }: CoreOptions) {
  const { tfjs: _, xWidths, yWidths, ...native } = spec;
  // Inputs of one number: images would make weights that nobody needs.
  const narrow = (widths: readonly number[]) => [1, ...widths.slice(1)];
  const widths = { xWidths: narrow(xWidths), yWidths: yWidths && narrow(yWidths) };
  using trainer = createTrainer({ ...native, ...widths }, { deterministic });
  const isOwn = ({ name }: NamedTensor): boolean => name.startsWith(PREFIX);
  return { tensors: trainer.tensors('state').filter(isOwn), random: trainer.counters().random };
}

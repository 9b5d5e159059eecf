import { checkOptions } from '../wasm/check-options.js';
import { OptionsError, ShapeError } from '../wasm/errors.js';
import { type MatrixLike, toMatrix } from '../wasm/matrix.js';
import { CRITIC_OPTIONS, createCritic } from './create-critic.js';
import type { Critic, CriticLayer, CriticNetwork, CriticOptions } from './critic.js';

/** Options of {@link joint}. */
export interface JointOptions extends CriticOptions {
  /** Units of each hidden layer, at least one. Default [128, 128], or those of `layers`. */
  readonly hidden?: readonly number[];
  /** Fixes the weights that a loss begins with, a whole number from 0. Default 1. `fit` draws from its own seed. */
  readonly seed?: number;
  /** The layers that a loss begins with: weights of outputs x inputs, the first of xDim + yDim inputs, the last of 1 output. */
  readonly layers?: readonly { readonly weight: MatrixLike; readonly bias: ArrayLike<number> }[];
}

/**
 * The joint critic, a multi-layer perceptron on both embeddings: `S_ij = f([g_i; h_j]) / temperature`, with rectified hidden
 * layers and one output. Default temperature 1.
 *
 * Its first layer splits into a part of g and one of h; only the later layers are computed for every pair, 2 h h' operations
 * each for layers of h and h' units. Weights begin uniform with variance 2 / inputs (He et al. 2015; 1 / inputs in the last
 * layer), biases at 0.
 *
 * @throws {OptionsError} on a temperature that is not above 0, hidden layers that are none, or a seed that is no whole number
 * @throws {ShapeError} on layers that do not fit together
 */
export function joint(options: JointOptions = {}): Critic {
  checkOptions(options, { ...CRITIC_OPTIONS, hidden: true, seed: true, layers: true }, 'the joint critic');
  const { hidden, seed = 1, layers: given, ...shared } = options;
  const layers = given === undefined ? null : checkLayers(given);
  const network: CriticNetwork = {
    hidden: checkHidden(hidden ?? layers?.slice(0, -1).map(({ bias }) => bias.length) ?? [128, 128]),
    seed,
    layers,
  };
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new OptionsError(`seed must be a whole number from 0, got ${seed}`);
  if (layers?.some(({ bias }, at) => bias.length !== (network.hidden[at] ?? 1))) {
    throw new ShapeError(`the layers have other outputs than ${[...network.hidden, 1].join(', ')}`);
  }
  return createCritic('joint', shared, { network });
}

function checkHidden(hidden: readonly number[]): readonly number[] {
  if (
    Array.isArray(hidden) &&
    hidden.length > 0 &&
    hidden.every((units) => Number.isSafeInteger(units) && units >= 1 && units <= 0xffff)
  ) {
    return [...hidden];
  }
  throw new OptionsError(
    `the joint critic needs at least one hidden layer, each of 1 to 65,535 units, got ${JSON.stringify(hidden)}`,
  );
}

function checkLayers(given: NonNullable<JointOptions['layers']>): readonly CriticLayer[] {
  if (!Array.isArray(given)) throw new ShapeError(`layers must be an array of weights and biases, got ${given}`);
  const layers = given.map((layer: NonNullable<JointOptions['layers']>[number] | null, at): CriticLayer => {
    const { weight, bias } = layer ?? {};
    if (weight === undefined || !(Array.isArray(bias) || ArrayBuffer.isView(bias))) {
      throw new ShapeError(`layers[${at}] must hold a weight and an array of biases`);
    }
    return { weight: toMatrix(weight, `layers[${at}].weight`), bias: Float32Array.from(bias as ArrayLike<number>) };
  });
  layers.forEach(({ weight, bias }, at) => {
    const inputs = at === 0 ? weight.cols : (layers[at - 1]?.bias.length ?? 0);
    if (weight.rows !== bias.length || weight.cols !== inputs) {
      throw new ShapeError(
        `layers[${at}]: a weight of ${weight.rows} x ${weight.cols} with ${bias.length} biases, expected ${inputs} inputs and a bias an output`,
      );
    }
  });
  return layers;
}

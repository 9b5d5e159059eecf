import { engine, scalar, tensor, tidy, type Variable, variable } from '@tensorflow/tfjs-core';
import type { Critic } from '../../critics/critic.js';
import type { LossPlan } from '../../objectives/loss-plan.js';

/** The smallest value of a learnt temperature, as when training natively. */
const TEMPERATURE_FLOOR = 0.01;

/** A critic's parameters as variables of tfjs. */
export interface CriticVariables {
  /** The weights in the order of `LossPlan.weights`, then ln temperature where it is learnt. */
  readonly all: readonly Variable[];
  /** Columns of x and y that they are made for. */
  readonly dims: readonly [number, number];
  /** Whether they serve embeddings of so many columns. */
  fits(dims: readonly [number, number]): boolean;
  /** Writes the numbers of `all`, in order, where the core reads them. */
  write(plan: LossPlan, numbers: readonly Float32Array[]): void;
  /** The gradients of the last surrogate by `all`, in order: views and numbers of the plan. */
  gradients(plan: LossPlan): readonly Float32Array[];
}

/**
 * Variables for embeddings of `dims` columns, registered with tfjs under names that begin with `owner`.
 *
 * @param weights where they begin, as a plan of that critic has them
 */
export function criticVariables(
  critic: Critic,
  dims: readonly [number, number],
  weights: Float32Array,
  owner: string,
): CriticVariables {
  const shapes = weightShapes(critic, dims);
  const sizes = shapes.map(({ shape: [rows = 1, cols = 1] }) => rows * cols);
  const name = (own: string): string => `${owner}/critic.${own}`;
  const all = tidy(() => {
    const tensors = split(weights, sizes).map((numbers, at) => {
      const { own, shape } = shapes[at] ?? { own: '', shape: [] };
      return variable(tensor(numbers, shape), true, name(own));
    });
    if (!critic.learnTemperature) return tensors;
    return [...tensors, variable(scalar(Math.log(critic.temperature)), true, name('log_temperature'))];
  });
  const temperatureAt = critic.learnTemperature ? sizes.length : -1;
  return {
    all,
    dims,
    fits: (others) => sizes.length === 0 || (others[0] === dims[0] && others[1] === dims[1]),
    write(plan, numbers) {
      const target = plan.weights;
      let offset = 0;
      for (const [at, size] of sizes.entries()) {
        target.set(numbers[at] ?? [], offset);
        offset += size;
      }
      plan.temperature = temperatureOf(critic, numbers[temperatureAt]);
    },
    gradients(plan) {
      const byWeights = split(plan.dWeights, sizes);
      // d/d ln τ = τ d/dτ.
      const byLogarithm = Float32Array.of(plan.temperature * plan.dTemperature);
      return critic.learnTemperature ? [...byWeights, byLogarithm] : byWeights;
    },
  };
}

/** Raises a learnt temperature to its floor, where an optimiser has moved it below; `numbers` are those of the variables. */
export function holdFloor({ all }: CriticVariables, critic: Critic, numbers: readonly Float32Array[]): void {
  const [learnt, held] = [all.at(-1), numbers.at(-1)];
  if (!critic.learnTemperature || learnt === undefined || held === undefined) return;
  const floor = Math.fround(Math.log(TEMPERATURE_FLOOR));
  if ((held[0] ?? 0) < floor) tidy(() => learnt.assign(scalar(floor)));
}

/** A prefix for names that no variable of tfjs has yet. */
export function freeOwner(): string {
  const taken = Object.keys(engine().registeredVariables);
  for (let count = 1; ; count++) {
    const owner = `contrastiveLoss_${count}`;
    if (!taken.some((name) => name.startsWith(`${owner}/`))) return owner;
  }
}

function temperatureOf(critic: Critic, logarithm: Float32Array | undefined): number {
  if (logarithm === undefined) return critic.temperature;
  return Math.max(Math.exp(logarithm[0] ?? 0), TEMPERATURE_FLOOR);
}

function weightShapes(critic: Critic, [xDim, yDim]: readonly [number, number]) {
  if (critic.name === 'bilinear') return [{ own: 'weight', shape: [xDim, yDim] }];
  const units = critic.network === null ? [] : [...critic.network.hidden, 1];
  return units.flatMap((outputs, at) => [
    { own: `${at}.weight`, shape: [outputs, units[at - 1] ?? xDim + yDim] },
    { own: `${at}.bias`, shape: [outputs] },
  ]);
}

/** Views of so many numbers each. */
function split(numbers: Float32Array, sizes: readonly number[]): readonly Float32Array[] {
  let offset = 0;
  return sizes.map((size) => {
    offset += size;
    return numbers.subarray(offset - size, offset);
  });
}

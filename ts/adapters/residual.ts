import { OptionsError } from '../wasm/errors.js';
import { random } from '../wasm/random.js';
import type { Parameters } from './adam.js';

/** A matrix of a residual map, row-major. */
export interface ResidualTensor extends Parameters {
  readonly name: 'W' | 'U' | 'V';
  readonly rows: number;
  readonly cols: number;
}

/** The map x -> x + W x, or x -> x + U V x of a rank: what an adapter learns. Its value is then normalised. */
export interface Residual {
  readonly dims: number;
  /** null where W is full. */
  readonly rank: number | null;
  /** W (dims x dims), or U (dims x rank) and V (rank x dims). */
  readonly tensors: readonly ResidualTensor[];
}

/** The numbers of a residual's tensors, in order. */
export type ResidualState = readonly Float32Array[];

/**
 * A residual that is the identity: W = 0, or U = 0 with V drawn from the normal distribution of variance 1 / dims.
 *
 * @param rank from 1 to `dims`; null for a full W
 */
export function identityResidual(dims: number, rank: number | null, seed: number): Residual {
  if (rank === null) return { dims, rank, tensors: [tensor('W', dims, dims)] };
  if (!Number.isSafeInteger(rank) || rank < 1 || rank > dims) {
    throw new OptionsError(`rank must be 'auto', 'full' or a whole number from 1 to ${dims}, got ${rank}`);
  }
  const [u, v] = [tensor('U', dims, rank), tensor('V', rank, dims)];
  const draw = random(seed);
  const scale = 1 / Math.sqrt(dims);
  for (let i = 0; i < v.data.length; i++) v.data[i] = draw.normal() * scale;
  draw.dispose();
  return { dims, rank, tensors: [u, v] };
}

/** A copy of its numbers as they are now. */
export function residualState({ tensors }: Residual): ResidualState {
  return tensors.map(({ data }) => data.slice());
}

/** Puts back what {@link residualState} gave. */
export function restoreResidual({ tensors }: Residual, state: ResidualState): void {
  tensors.forEach(({ data }, i) => {
    data.set(state[i] ?? []);
  });
}

function tensor(name: ResidualTensor['name'], rows: number, cols: number): ResidualTensor {
  return { name, rows, cols, data: new Float32Array(rows * cols), gradient: new Float32Array(rows * cols) };
}

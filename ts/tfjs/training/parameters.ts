import { type Tensor, tensor, type Variable } from '@tensorflow/tfjs-core';
import { CheckpointError, DataError } from '../../wasm/errors.js';
import type { NamedTensor } from '../../wasm/trainer-tensors.js';
import { readTensor } from '../tensor-data.js';
import type { Weight } from './open-encoder.js';
import { scoped } from './scoped.js';

/** A tensor that a run trains, or keeps with what it trains. */
export interface Parameter extends Weight {
  /** Whether weight decay touches it: kernels, not biases. */
  readonly decays: boolean;
  /** Whether it is the critic's, whose weights are outputs x inputs. */
  readonly isCritics: boolean;
}

/** A copy of the numbers of a tensor that stands for a parameter. */
export function namedTensor({ name, shape }: Expected, held: Tensor): NamedTensor {
  return { name, shape, data: readTensor(held).slice() };
}

/** Writes a variable's numbers; the layer's constraint is not applied. */
export function writeVariable(variable: Variable, numbers: Float32Array): void {
  scoped(() => variable.assign(tensor(numbers, variable.shape, 'float32')));
}

/** A tensor that there must be. */
export interface Expected {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The numbers of each tensor that is expected, in that order.
 *
 * @throws {CheckpointError} on tensors that are missing, too many or of another shape
 * @throws {DataError} on numbers that are not finite
 */
export function matched(expected: readonly Expected[], given: readonly NamedTensor[]): readonly Float32Array[] {
  const names = new Set(expected.map(({ name }) => name));
  const extra = given.find(({ name }) => !names.has(name));
  if (extra !== undefined) throw new CheckpointError(`this trainer has no tensor ${extra.name}`);
  const byName = new Map(given.map((tensor) => [tensor.name, tensor]));
  return expected.map(({ name, shape }) => {
    const found = byName.get(name);
    if (found === undefined) throw new CheckpointError(`there is no tensor ${name}, which this trainer has`);
    if (`${found.shape}` !== `${shape}`) {
      throw new CheckpointError(`${name} is [${found.shape.join(', ')}], expected [${shape.join(', ')}]`);
    }
    const bad = found.data.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new DataError(`${name} holds ${bad}, which is not finite`);
    return found.data;
  });
}

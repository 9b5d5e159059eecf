import { fromFloat16, toFloat16 } from '../../data/half-float.js';
import type { Tensor } from '../../data/safetensors.js';
import { CheckpointError } from '../../wasm/errors.js';
import { longestOutput, radiusOf } from '../heads/drift.js';
import { type Head, type HeadTensor, tensorsOf } from '../heads/head.js';

/** How a file keeps matrices: float32, float16 (numbers beyond 65,504 become that), or int8 with a float32 scale a row. */
export type Weights = 'f32' | 'f16' | 'int8';

/** Every value of {@link Weights}. */
export const WEIGHTS = ['f32', 'f16', 'int8'] as const satisfies readonly Weights[];

/** A head's tensors as a file keeps them, by name. */
type Stored = readonly (readonly [name: string, tensor: Tensor])[];

const MOST_INT8 = 127;
const MOST_TRIES = 30;

/**
 * The tensors of a head for a file. With a limit on drift the numbers that will be read from it hold the certificate as
 * well: where rounding has made f(x) longer than that allows, the last layer is scaled down before it is rounded.
 *
 * @param maxDrift degrees; null without a limit
 */
export function storedTensors(head: Head, weights: Weights, maxDrift: number | null): Stored {
  if (weights === 'f32' || maxDrift === null) return stored(head, weights);
  const most = radiusOf(maxDrift);
  let share = 1;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const tensors = stored(scaledLast(head, share), weights);
    const length = longestOutput(asRead(head, tensors).layers);
    if (length <= most) return tensors;
    share *= (most / length) * (1 - 1e-4);
  }
  return stored(scaledLast(head, 0), weights);
}

/**
 * The numbers of a matrix in a file, of whichever kind; `used` is told which tensors they are from.
 *
 * @throws {CheckpointError} on a tensor that is missing, of another size or type, and on numbers that are not finite
 */
export function storedNumbers(
  tensors: ReadonlyMap<string, Tensor>,
  name: string,
  { rows, cols, used }: { readonly rows: number; readonly cols: number; readonly used: (name: string) => void },
): Float32Array {
  const tensor = found(tensors, name, rows, cols);
  used(name);
  if (tensor.dtype === 'F32' || tensor.dtype === 'F16') return finite(tensor.data, name);
  if (tensor.dtype !== 'I8') {
    throw new CheckpointError(`expected F32, F16 or I8 numbers in ${name}, found ${tensor.dtype}`);
  }
  const scaleName = `${name}.scale`;
  const scale = found(tensors, scaleName, rows, 1);
  used(scaleName);
  if (scale.dtype !== 'F32') throw new CheckpointError(`expected F32 numbers in ${scaleName}, found ${scale.dtype}`);
  const { data } = tensor;
  const steps = finite(scale.data, scaleName);
  return Float32Array.from(data, (value, i) => value * steps[Math.floor(i / cols)]);
}

function stored(head: Head, weights: Weights): Stored {
  return tensorsOf(head).flatMap((tensor) => storedTensor(tensor, weights));
}

/** Columns, which are few numbers, stay as they are. */
function storedTensor({ name, rows, cols, data }: HeadTensor, weights: Weights): Stored {
  const shape = [rows, cols];
  if (weights === 'f32' || cols === 1) return [[name, { dtype: 'F32', shape, data }]];
  if (weights === 'f16') {
    const rounded = data.map((value) => fromFloat16(toFloat16(Math.max(-65504, Math.min(65504, value)))));
    return [[name, { dtype: 'F16', shape, data: rounded }]];
  }
  const scale = new Float32Array(rows);
  const codes = new Int8Array(data.length);
  for (let row = 0; row < rows; row++) {
    const own = data.subarray(row * cols, (row + 1) * cols);
    const most = own.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    // A row of zeros, or one too small for a scale, has scale 0.
    scale[row] = most / MOST_INT8;
    if (scale[row] > 0)
      codes.set(
        // Steps that float32 hardly holds are rounded by much, and codes beyond 127 would change their sign.
        own.map((value) => Math.max(-MOST_INT8, Math.min(MOST_INT8, Math.round(value / scale[row])))),
        row * cols,
      );
  }
  return [
    [name, { dtype: 'I8', shape, data: codes }],
    [`${name}.scale`, { dtype: 'F32', shape: [rows, 1], data: scale }],
  ];
}

/** The head with its last layer times `share`. */
function scaledLast(head: Head, share: number): Head {
  const scaled = (tensor: HeadTensor): HeadTensor => ({ ...tensor, data: tensor.data.map((value) => value * share) });
  const layers = head.layers.map((layer, at) =>
    at < head.layers.length - 1
      ? layer
      : { ...layer, weight: scaled(layer.weight), bias: layer.bias && scaled(layer.bias) },
  );
  return { ...head, layers };
}

/** The head as it will be read. */
function asRead(head: Head, tensors: Stored): Head {
  const map = new Map(tensors);
  const read = (tensor: HeadTensor): HeadTensor => ({
    ...tensor,
    data: storedNumbers(map, tensor.name, { ...tensor, used: () => undefined }),
  });
  const layers = head.layers.map((layer) => ({
    ...layer,
    weight: read(layer.weight),
    bias: layer.bias && read(layer.bias),
  }));
  return { ...head, layers };
}

function found(tensors: ReadonlyMap<string, Tensor>, name: string, rows: number, cols: number): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined)
    throw new CheckpointError(`expected ${rows} x ${cols} numbers in ${name}, found no such tensor`);
  const { shape } = tensor;
  if (shape.length === 2 && shape[0] === rows && shape[1] === cols) return tensor;
  throw new CheckpointError(`expected ${rows} x ${cols} numbers in ${name}, found [${shape.join(', ')}]`);
}

function finite(data: Float32Array, name: string): Float32Array {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return data;
  throw new CheckpointError(`${name}: number ${bad} is ${data[bad]}`);
}

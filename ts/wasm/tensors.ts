import { guard, succeed } from './call.js';
import { acquireTensors, type CoreOptions, type Instance } from './core.js';
import { ShapeError } from './errors.js';
import type { Pointer, TensorsExports } from './exports.js';
import { floats, words } from './memory.js';

/** Functions of each element of a result, in the order in which the module counts them. */
const ACTIVATIONS = ['linear', 'relu', 'relu6', 'leakyrelu', 'prelu', 'elu', 'sigmoid'] as const;

/** A function of each element of a result. */
export type TensorActivation = (typeof ACTIVATIONS)[number];

/** What is done to each element of a result: `activation(x + bias)`. */
export interface TensorEpilogue {
  /** A number a column. */
  readonly bias?: Float32Array;
  readonly activation: TensorActivation;
  /** What `prelu` multiplies negative numbers by: a number a column. */
  readonly slopes?: Float32Array;
  /** What `leakyrelu` multiplies negative numbers by. */
  readonly slope?: number;
}

/** The shape of products `C = op(A) op(B)` of row-major matrices. */
export interface MatrixProduct {
  /** Rows of C. */
  readonly rows: number;
  /** Columns of C. */
  readonly cols: number;
  /** Terms of each sum. */
  readonly depth: number;
  /** Whether A lies as `depth` x `rows`. */
  readonly transposeA: boolean;
  /** Whether B lies as `cols` x `depth`. */
  readonly transposeB: boolean;
  /** Which A and which B, of several that lie one after another, each C is made of. */
  readonly batches: readonly (readonly [a: number, b: number])[];
}

/** A tensor operation of the module: its exported name without the prefix. */
type Operation = 'product';

/** Stands where an operation takes no such tensor. */
const NONE = 0xffffffff;

const NO_EPILOGUE: TensorEpilogue = { activation: 'linear' };

const arenas = new WeakMap<Instance, Pointer>();

/**
 * Writes each C of a list of products to `out`, one after another.
 *
 * Operands are copied into the module once, and out of it once; the module keeps the room.
 *
 * @throws {ShapeError} where the module has no room for the operands, or lengths do not fit
 */
export function matrixProduct(
  shape: MatrixProduct,
  [a, b]: readonly [a: Float32Array, b: Float32Array],
  out: Float32Array,
  epilogue: TensorEpilogue = NO_EPILOGUE,
  options: CoreOptions = {},
): void {
  const { rows, cols, depth, transposeA, transposeB, batches } = shape;
  const { bias, slopes } = epilogue;
  compute([a, b, bias, slopes], out, options, (run) => {
    batches.forEach(([i, j], batch) => {
      const shifts = [i * rows * depth, j * depth * cols, 0, 0, batch * rows * cols];
      const flags = [Number(transposeA), Number(transposeB)];
      run('product', shifts, [rows, cols, depth, ...flags, ...activationWords(epilogue)]);
    });
  });
}

/** Runs an operation: on each input and the output from `shifts` on, and with the numbers that it takes. */
type Run = (operation: Operation, shifts: readonly number[], numbers: readonly number[]) => void;

/** Runs `work` with the inputs in the module's arena, and copies what it leaves at the arena's end to `out`. */
function compute(
  inputs: readonly (Float32Array | undefined)[],
  out: Float32Array,
  options: CoreOptions,
  work: (run: Run) => void,
): void {
  const core = acquireTensors(options);
  const tensors = arenaOf(core);
  const places: number[] = [];
  let end = 0;
  for (const input of inputs) {
    places.push(end);
    end += rounded(input?.length ?? 0);
  }
  const at = guard(core, () => core.exports.tensors_arena(tensors, end + out.length));
  if (at === 0) throw new ShapeError(`no room for tensors of ${end + out.length} numbers in the module's memory`);
  const arena = floats(core, at, end + out.length);
  inputs.forEach((input, index) => {
    if (input !== undefined) arena.set(input, places[index]);
  });
  work((operation, shifts, numbers) => {
    const begins = [...places, end].map((place, index) =>
      index < inputs.length && inputs[index] === undefined ? NONE : place + (shifts[index] ?? 0),
    );
    const description = [...begins, ...numbers];
    words(core, core.exports.tensors_words(tensors), description.length).set(description);
    succeed(core, () => core.exports[`tensors_${operation}`](tensors));
  });
  out.set(floats(core, at + end * Float32Array.BYTES_PER_ELEMENT, out.length));
}

function arenaOf(core: Instance<TensorsExports>): Pointer {
  const known = arenas.get(core);
  if (known !== undefined) return known;
  const fresh = guard(core, () => core.exports.tensors_new());
  arenas.set(core, fresh);
  return fresh;
}

/** To a multiple of 16 bytes. */
function rounded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

/** The activation, and the bits of its number. */
function activationWords({ activation, slope = 0 }: TensorEpilogue): readonly [kind: number, number: number] {
  return [ACTIVATIONS.indexOf(activation), new Uint32Array(Float32Array.of(slope).buffer)[0] ?? 0];
}

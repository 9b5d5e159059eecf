import { guard, succeed } from './call.js';
import { CheckpointError } from './errors.js';
import { floats, readText, withScratch } from './memory.js';
import type { Resource } from './resource.js';

/** A tensor by the name that `crates/training/src/state.rs` lists, row-major, in PyTorch's shape. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** `state`: all that training goes on from, raw. `export`: the parameters with the constraint applied. */
export type TensorKind = 'state' | 'export';

/** What goes on from step to step beside tensors. */
export interface Counters {
  /** The steps taken. */
  readonly step: number;
  /** The state of the generator that draws the penalty's points. */
  readonly random: readonly [number, number, number, number];
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly length: number;
}

const KINDS: readonly TensorKind[] = ['state', 'export'];

/** Copies of a trainer's tensors. */
export function readTensors(held: Resource, kind: TensorKind): readonly NamedTensor[] {
  const { core } = held;
  const entries = list(held, kind);
  const total = totalLength(entries);
  return withScratch(core, ({ room }) => {
    const at = room(total * Float32Array.BYTES_PER_ELEMENT);
    floats(core, at, total).fill(0);
    succeed(core, () => core.exports.trainer_read(held.pointer(), KINDS.indexOf(kind), at, total));
    const all = floats(core, at, total);
    let start = 0;
    return entries.map(({ name, shape, length }) => {
      start += length;
      return { name, shape, data: all.slice(start - length, start) };
    });
  });
}

/** Hands tensors back to a trainer; with counters a state, without them a model's parameters. */
export function restoreTensors(held: Resource, tensors: readonly NamedTensor[], counters: Counters | null): void {
  const { core } = held;
  const entries = list(held, counters === null ? 'export' : 'state');
  const values = inOrder(entries, tensors);
  withScratch(core, ({ put }) => {
    const [at, words] = [put(values), counterWords(counters)];
    const wordsAt = put(words);
    succeed(core, () => core.exports.trainer_restore(held.pointer(), at, values.length, wordsAt, words.length));
  });
}

function list({ core, pointer }: Resource, kind: TensorKind): readonly Entry[] {
  const { exports } = core;
  guard(core, () => exports.trainer_list(pointer(), KINDS.indexOf(kind)));
  const text = readText(core, exports.trainer_text(pointer()), exports.trainer_text_length(pointer()));
  return text.split('\n').map((line) => {
    const [name = '', sizes = ''] = line.split('=');
    const shape = sizes.split(',').map(Number);
    return { name, shape, length: shape.reduce((product, size) => product * size, 1) };
  });
}

function totalLength(entries: readonly Entry[]): number {
  return entries.reduce((total, { length }) => total + length, 0);
}

/** The numbers of all tensors in the trainer's own order. */
function inOrder(entries: readonly Entry[], tensors: readonly NamedTensor[]): Float32Array {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const extra = tensors.find(({ name }) => !entries.some((entry) => entry.name === name));
  if (extra !== undefined) throw new CheckpointError(`this trainer has no tensor ${extra.name}`);
  const values = new Float32Array(totalLength(entries));
  let start = 0;
  for (const { name, shape, length } of entries) {
    const found = byName.get(name);
    if (found === undefined) throw new CheckpointError(`there is no tensor ${name}, which this trainer has`);
    if (found.shape.join() !== shape.join() || found.data.length !== length) {
      const given = `[${found.shape.join(', ')}] with ${found.data.length} numbers`;
      throw new CheckpointError(`${name} is ${given}, expected [${shape.join(', ')}]`);
    }
    values.set(found.data, start);
    start += length;
  }
  return values;
}

function counterWords(counters: Counters | null): Uint32Array {
  if (counters === null) return new Uint32Array(0);
  const { step, random } = counters;
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new CheckpointError(`the step count must be an integer from 0, got ${step}`);
  }
  return Uint32Array.of(step >>> 0, Math.floor(step / 2 ** 32), ...random);
}

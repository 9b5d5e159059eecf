import { readSafetensors, type Tensor, writeSafetensors } from '../data/safetensors.js';
import { CheckpointError } from '../wasm/errors.js';
import type { AdapterMetadata } from './adapter-metadata.js';
import { ADAPTS, type Heads } from './heads.js';
import type { Residual, ResidualTensor } from './residual.js';
import { sha256 } from './sha256.js';

const FORMAT = 'kantorovich-adapter 1';

/** Heads and what was said of them, as a safetensors file whose hash covers both. */
export function writeAdapter(heads: Heads, metadata: AdapterMetadata): Uint8Array {
  const tensors = new Map(sides(heads).flatMap(([side, residual]) => residual.tensors.map((t) => entry(side, t))));
  const description = JSON.stringify(metadata);
  return writeSafetensors(tensors, { format: FORMAT, adapter: description, hash: hashOf(description, tensors) });
}

/**
 * Reads what {@link writeAdapter} wrote.
 *
 * @throws {CheckpointError} on a file that is truncated, altered, or no adapter
 */
export function readAdapter(bytes: Uint8Array): { readonly heads: Heads; readonly metadata: AdapterMetadata } {
  const { tensors, metadata: texts } = readSafetensors(bytes);
  if (texts.format !== FORMAT) {
    throw new CheckpointError(`expected an adapter ('${FORMAT}'), found ${described(texts.format)}`);
  }
  const description = texts.adapter ?? '';
  const hash = hashOf(description, tensors);
  if (texts.hash !== hash) {
    throw new CheckpointError(`the adapter file was altered: its numbers hash to ${hash}, it says ${texts.hash}`);
  }
  const metadata = parsed(description);
  return { heads: headsOf(tensors, metadata), metadata };
}

/** A shared map is kept once, as the query's. */
function sides({ query, document }: Heads): readonly (readonly [string, Residual])[] {
  return [
    ...(query === null ? [] : [['query', query] as const]),
    ...(document === null || document === query ? [] : [['document', document] as const]),
  ];
}

function entry(side: string, { name, rows, cols, data }: ResidualTensor): readonly [string, Tensor] {
  return [`${side}.${name}`, { dtype: 'F32', shape: [rows, cols], data }];
}

function hashOf(description: string, tensors: ReadonlyMap<string, Tensor>): string {
  const names = [...tensors.keys()].sort();
  const parts = names.map((name) => {
    const { dtype, shape, data } = tensors.get(name) ?? { dtype: '', shape: [], data: new Uint8Array() };
    const numbers = sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return `${name} ${dtype} ${shape.join('x')} ${numbers}`;
  });
  return sha256(new TextEncoder().encode([FORMAT, description, ...parts].join('\n')));
}

function headsOf(tensors: ReadonlyMap<string, Tensor>, { adapt, dims, rank }: AdapterMetadata): Heads {
  const needed = (adapt === 'both' ? 2 : 1) * (rank === null ? 1 : 2);
  if (tensors.size !== needed) throw new CheckpointError(`expected ${needed} tensors, found ${tensors.size}`);
  const read = (side: string): Residual => {
    const find = (name: ResidualTensor['name'], rows: number, cols: number) =>
      foundTensor(tensors, side, name, rows, cols);
    if (rank === null) return { dims, rank, tensors: [find('W', dims, dims)] };
    return { dims, rank, tensors: [find('U', dims, rank), find('V', rank, dims)] };
  };
  if (adapt === 'shared') {
    const residual = read('query');
    return { query: residual, document: residual };
  }
  return {
    query: adapt === 'document' ? null : read('query'),
    document: adapt === 'query' ? null : read('document'),
  };
}

function foundTensor(
  tensors: ReadonlyMap<string, Tensor>,
  side: string,
  name: ResidualTensor['name'],
  rows: number,
  cols: number,
): ResidualTensor {
  const tensor = tensors.get(`${side}.${name}`);
  if (tensor?.dtype !== 'F32' || tensor.shape[0] !== rows || tensor.shape[1] !== cols || tensor.shape.length !== 2) {
    throw new CheckpointError(`expected ${rows} x ${cols} F32 numbers in ${side}.${name}`);
  }
  const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new CheckpointError(`${side}.${name}: number ${bad} is ${tensor.data[bad]}`);
  return { name, rows, cols, data: tensor.data, gradient: new Float32Array(0) };
}

function parsed(description: string): AdapterMetadata {
  let value: unknown;
  try {
    value = JSON.parse(description);
  } catch (error) {
    throw new CheckpointError('the adapter file describes no adapter: its description is no JSON', { cause: error });
  }
  if (!isMetadata(value))
    throw new CheckpointError('the adapter file describes no adapter: fields are missing or wrong');
  return value;
}

function isMetadata(value: unknown): value is AdapterMetadata {
  if (typeof value !== 'object' || value === null) return false;
  const { model, prefix, dims, normalisation, adapt, rank, maxDrift, metrics } = value as Record<string, unknown>;
  const isText = (text: unknown) => text === null || typeof text === 'string';
  const isSize = (size: unknown) => Number.isSafeInteger(size) && (size as number) >= 1;
  return (
    isText(model) &&
    isText(prefix) &&
    isSize(dims) &&
    normalisation === 'l2' &&
    ADAPTS.some((known) => known === adapt) &&
    (rank === null || isSize(rank)) &&
    (maxDrift === null || typeof maxDrift === 'number') &&
    typeof metrics === 'object' &&
    metrics !== null &&
    Object.values(metrics).every((metric) => typeof metric === 'number')
  );
}

function described(format: string | undefined): string {
  return format === undefined ? 'a safetensors file of another origin' : `a file of format '${format}'`;
}

import { describeJson } from '../../data/json-row.js';
import type { Tensor } from '../../data/safetensors.js';
import { CheckpointError } from '../../wasm/errors.js';
import type { Side } from '../heads/heads.js';
import { assembledAdapter, type StoredAdapter } from './adapter-file.js';

/**
 * Reads what `adapter.toJSON()` gave.
 *
 * @throws {CheckpointError} on what describes no adapter, matrices of other sizes or of anything but finite numbers, and an
 * adapter that turns vectors by more than it says
 */
export function adapterFromJson(value: object): StoredAdapter {
  const { query = null, document = null, ...metadata } = value as Record<string, unknown>;
  // A shared map stands on both sides, and is read once.
  const sides = [
    ['query', query] as const,
    ...('adapt' in metadata && metadata.adapt === 'shared' ? [] : [['document', document] as const]),
  ];
  return assembledAdapter(new Map(sides.flatMap(([side, matrices]) => tensorsOf(side, matrices))), metadata);
}

function tensorsOf(side: Side, matrices: unknown): readonly (readonly [string, Tensor])[] {
  if (matrices === null) return [];
  if (typeof matrices !== 'object')
    throw new CheckpointError(`${side} must hold matrices, got ${describeJson(matrices)}`);
  return Object.entries(matrices).map(
    ([name, matrix]) => [`${side}.${name}`, tensorOf(matrix, `${side}.${name}`)] as const,
  );
}

function tensorOf(matrix: unknown, name: string): Tensor {
  const { shape, data } = (matrix ?? {}) as { readonly shape?: unknown; readonly data?: unknown };
  const isShape =
    Array.isArray(shape) && shape.length === 2 && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape || !Array.isArray(data) || data.length !== shape[0] * shape[1]) {
    throw new CheckpointError(`${name} must have a shape [rows, cols], and data of as many numbers`);
  }
  const bad = data.findIndex((number) => typeof number !== 'number');
  if (bad >= 0) throw new CheckpointError(`${name}: number ${bad} is ${describeJson(data[bad])}`);
  return { dtype: 'F32', shape, data: Float32Array.from(data) };
}

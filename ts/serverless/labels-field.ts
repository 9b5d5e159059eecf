import type { FileArray } from '../adapters/inputs/vector-bytes.js';
import { describeJson } from '../data/json-row.js';
import { DataError, OptionsError, ShapeError } from '../wasm/errors.js';
import { type Fields, isArray } from './posted.js';

/** Classes of items, one or more an item. */
export interface Labels {
  /** Items x factors, row-major. */
  readonly labels: Uint8Array;
  readonly factors: number;
}

const MOST = 255;

/**
 * A field's labels: one whole number from 0 to 255 an item, or a row of as many for each.
 *
 * @throws {ShapeError} on another number of items than `items`, and rows of different lengths
 * @throws {DataError} on anything but such numbers
 */
export function labelsField(fields: Fields, name: string, items: number): Labels {
  const value = fields[name];
  if (value === undefined) throw new OptionsError(`expected a class for each item in the field ${name}, got none`);
  const { rows, factors, values } = isArray(value) ? ofArray(value, name) : ofLists(value, name);
  if (rows !== items) throw new ShapeError(`${name}: expected labels of ${items} items, got ${rows}`);
  const labels = Uint8Array.from({ length: items * factors }, (_, at) => checkedLabel(values[at], at, name));
  return { labels, factors };
}

interface Values {
  readonly rows: number;
  readonly factors: number;
  readonly values: ArrayLike<unknown>;
}

function ofArray({ shape, data }: FileArray, name: string): Values {
  const [rows = 0, factors = 1] = shape;
  if (shape.length === 1 || (shape.length === 2 && factors > 0)) return { rows, factors, values: data };
  throw new ShapeError(`${name}: expected [items] or [items, factors], got [${shape}]`);
}

function ofLists(value: unknown, name: string): Values {
  if (!Array.isArray(value)) throw new ShapeError(`${name} must be an array of classes, got ${describeJson(value)}`);
  const [first] = value;
  if (!Array.isArray(first)) return { rows: value.length, factors: 1, values: value };
  const odd = value.findIndex((row) => !Array.isArray(row) || row.length !== first.length || row.length === 0);
  if (odd >= 0) throw new ShapeError(`${name}: row ${odd} must hold ${first.length || 'some'} classes, as row 0 does`);
  return { rows: value.length, factors: first.length, values: value.flat() };
}

function checkedLabel(value: unknown, at: number, name: string): number {
  const label = typeof value === 'bigint' ? Number(value) : value;
  if (typeof label === 'number' && Number.isInteger(label) && label >= 0 && label <= MOST) return label;
  throw new DataError(`${name}: number ${at} must be a class from 0 to ${MOST}, got ${describeJson(value)}`);
}

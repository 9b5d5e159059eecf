import { describeJson } from '../../data/json-row.js';
import { DataError } from '../../wasm/errors.js';

/** What names a query or a document: text, or a whole number. */
export type VectorId = string | number;

/** Takes ids one by one and refuses what would make two rows one. */
export interface IdCollector {
  /**
   * `where` says which line or row the id is from.
   *
   * @throws {DataError} on what is no id, one that was there before, or a number beside the same digits as text
   */
  push(id: unknown, where: string): void;
  readonly ids: readonly VectorId[];
}

/** An empty collection; `name` names what the ids are of in messages. */
export function idCollector(name: string): IdCollector {
  const ids: VectorId[] = [];
  const seen = new Map<string, { readonly id: VectorId; readonly where: string }>();
  const push = (value: unknown, where: string) => {
    const id = checkedId(value, `${name}: ${where}`);
    const before = seen.get(String(id));
    if (before !== undefined) {
      const same = typeof before.id === typeof id;
      const fault = same ? 'is there already' : `is ${kindOf(id)} here and ${kindOf(before.id)}`;
      throw new DataError(
        `${name}: ${where}: id ${JSON.stringify(id)} ${fault} at ${before.where}; ids must differ as text`,
      );
    }
    seen.set(String(id), { id, where });
    ids.push(id);
  };
  return { push, ids };
}

/**
 * The ids of `rows` rows, checked; `name` names what they are of.
 *
 * @throws {DataError} on another number of ids, and on those that a collector refuses
 */
export function checkedIds(values: ArrayLike<unknown>, rows: number, name: string): readonly VectorId[] {
  if (values.length !== rows) throw new DataError(`${name}: ${values.length} ids for ${rows} rows`);
  const collector = idCollector(name);
  for (let row = 0; row < rows; row++) collector.push(values[row], `ids[${row}]`);
  return collector.ids;
}

function checkedId(value: unknown, where: string): VectorId {
  if (typeof value === 'string' && value !== '') return value;
  // Beyond 2^53 neighbours read as the same number.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new DataError(`${where}: field id must be text or a whole number below 2^53, got ${describeJson(value)}`);
}

function kindOf(id: VectorId): string {
  return typeof id === 'number' ? 'a number' : 'text';
}

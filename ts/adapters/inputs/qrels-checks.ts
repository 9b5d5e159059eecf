import { DataError, ShapeError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';
import type { Qrels } from './qrels.js';
import type { Vectors } from './vector-checks.js';

/** Float32 holds these, and sums of them, with digits to spare. */
const [LEAST, MOST] = [1e-6, 1e6];

/**
 * Refuses a grade that float32 or sums of grades would lose; 0 and below, which say that nothing is relevant, may be any.
 *
 * @throws {DataError} naming where it stands
 */
export function checkGrade(grade: number, where: string): void {
  if (grade <= 0 || (grade >= LEAST && grade <= MOST)) return;
  throw new DataError(`${where}: a grade above 0 must be from ${LEAST} to ${MOST}, got ${grade}`);
}

/**
 * Compressed rows of these vectors.
 *
 * @throws {ShapeError} on arrays that do not fit together, or are of other vectors
 * @throws {DataError} on grades that are out of range, documents that do not rise, and where nothing is relevant
 */
export function checkedQrels(qrels: Qrels, queries: Vectors, documents: Vectors): Qrels {
  const { offsets, indices, grades, judgements } = qrels;
  if (!(indices instanceof Uint32Array) || !(grades instanceof Float64Array)) {
    throw new ShapeError(
      'qrels with offsets need indices, a Uint32Array, and grades, a Float64Array, as toQrels gives',
    );
  }
  if (offsets.length !== queries.rows + 1) {
    throw new ShapeError(`qrels are of ${offsets.length - 1} queries, got ${queries.rows}`);
  }
  const falling = offsets.findIndex((offset, i) => offset < (i === 0 ? offset : offsets[i - 1]));
  const last = offsets[queries.rows];
  if (offsets[0] !== 0 || falling >= 0 || last !== indices.length || last !== grades.length) {
    const found = `${falling < 0 ? `from ${offsets[0]} to ${last}` : `that fall at ${falling}`}`;
    throw new ShapeError(
      `qrels.offsets must rise from 0 to the number of indices (${indices.length}) and grades (${grades.length}), got some ${found}`,
    );
  }
  if (indices.length === 0) throw new DataError('qrels have no judgement above 0: nothing is relevant');
  if (!Number.isSafeInteger(judgements) || judgements < indices.length) {
    throw new DataError(`qrels.judgements must be a whole number from ${indices.length}, got ${shown(judgements)}`);
  }
  for (let query = 0; query < queries.rows; query++) {
    for (let at = offsets[query]; at < offsets[query + 1]; at++) {
      checkEntry(qrels, at, at === offsets[query] ? -1 : indices[at - 1], documents.rows);
    }
  }
  return qrels;
}

function checkEntry({ indices, grades }: Qrels, at: number, before: number, documents: number): void {
  if (indices[at] >= documents)
    throw new ShapeError(`qrels name document ${indices[at]}, the last is ${documents - 1}`);
  if (indices[at] <= before) {
    throw new DataError(`qrels.indices must rise within a query, got ${indices[at]} after ${before} at ${at}`);
  }
  if (!(grades[at] > 0)) throw new DataError(`qrels.grades[${at}] must be above 0, got ${grades[at]}`);
  checkGrade(grades[at], `qrels.grades[${at}]`);
}

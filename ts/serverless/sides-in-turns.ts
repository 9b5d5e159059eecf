import { rowRange } from '../data/row-splits.js';
import { OptionsError } from '../wasm/errors.js';
import type { Matrix } from '../wasm/matrix.js';
import type { Turns } from './deadline.js';
import { type Limits, requireAtMost } from './limits.js';
import type { Fields } from './posted.js';
import type { Answer } from './route.js';
import { rowsInTurns } from './rows-in-turns.js';
import { tensorsAnswer } from './tensors-answer.js';

/** How the rows of one field are read and mapped. */
export interface SideMap {
  read(): Matrix;
  map(rows: Matrix): Matrix;
}

/**
 * The rows of each field that is there, mapped; outputs go by the fields' names.
 *
 * @throws {OptionsError} where none of them is there
 * @throws {RequestError} 413 where the outputs would be more numbers than an answer may have
 */
export async function sidesInTurns(
  fields: Fields,
  { turns, limits }: { readonly turns: Turns; readonly limits: Limits },
  sides: Readonly<Record<string, SideMap>>,
): Promise<Answer> {
  const given = Object.entries(sides).filter(([name]) => fields[name] !== undefined);
  if (given.length === 0) {
    throw new OptionsError(`expected rows of numbers in a field ${Object.keys(sides).join(' or ')}, got none`);
  }
  // Whatever is refused is refused before anything is computed.
  const read = given.map(([name, { read, map }]) => ({ name, rows: read(), map }));
  // One row tells how long all are.
  const sizes = read.map(({ rows, map }) => rows.rows * map(rowRange(rows, 0, 1)).cols);
  requireAtMost(
    sizes.reduce((sum, size) => sum + size, 0),
    limits.answerNumbers,
    'numbers in an answer',
  );
  const outputs: Record<string, Matrix> = {};
  for (const { name, rows, map } of read) outputs[name] = await rowsInTurns(rows, turns, map);
  return tensorsAnswer(outputs);
}

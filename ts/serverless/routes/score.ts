import { rowRange } from '../../data/row-splits.js';
import { ShapeError } from '../../wasm/errors.js';
import { matrix } from '../../wasm/matrix.js';
import { requireAtMost } from '../limits.js';
import { matrixField, matrixRows } from '../matrix-field.js';
import type { Route } from '../route.js';
import { rowsInTurns } from '../rows-in-turns.js';
import { tensorsAnswer } from '../tensors-answer.js';

/** What the critic of the function's model says of each pair of rows. */
export const score: Route = {
  about: "the score that the critic of the function's model gives each pair of rows of x and y",
  fields: ['x', 'y'],
  array: null,
  answers: ['json', 'npy', 'safetensors'],
  async run({ fields, state, turns }) {
    const model = await state.model();
    const [x, y] = [matrixField(fields, 'x', state.limits), matrixField(fields, 'y', state.limits)];
    if (x.rows !== y.rows) throw new ShapeError(`x has ${x.rows} rows and y ${y.rows}: expected one y an x`);
    requireAtMost(x.rows, state.limits.answerNumbers, 'numbers in an answer');
    const scores = await rowsInTurns(x, turns, (block, start) =>
      matrix(model.score(block, rowRange(y, start, start + block.rows)), block.rows, 1),
    );
    return { ...tensorsAnswer({ scores }), json: () => ({ scores: matrixRows(scores).flat() }) };
  },
};

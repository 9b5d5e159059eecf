import { OptionsError } from '../../wasm/errors.js';
import type { Matrix } from '../../wasm/matrix.js';
import { matrixField } from '../field-values.js';
import { matricesAnswer } from '../matrices-answer.js';
import type { Route } from '../route.js';
import { rowsInTurns } from '../rows-in-turns.js';

/** Embeddings of rows of x, of y, or of both, by the function's model; they go by the same names. */
export const embed: Route = {
  name: 'embed',
  about: "embeddings of rows of x or y by the function's model",
  fields: ['x', 'y'],
  array: 'x',
  answers: ['json', 'npy', 'safetensors'],
  async run({ fields, state, turns }) {
    const model = await state.model();
    const sides = (['x', 'y'] as const).filter((side) => fields[side] !== undefined);
    if (sides.length === 0) throw new OptionsError('embed needs rows of numbers in the field x or y');
    const embeddings = new Map<string, Matrix>();
    for (const side of sides) {
      const embedSide = side === 'x' ? model.embedX : model.embedY;
      const rows = matrixField(fields, side, state.limits);
      embeddings.set(side, await rowsInTurns(rows, turns, (block) => embedSide(block)));
    }
    return matricesAnswer(embeddings);
  },
};

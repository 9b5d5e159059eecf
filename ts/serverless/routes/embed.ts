import { matrixField } from '../matrix-field.js';
import type { Route } from '../route.js';
import { sidesInTurns } from '../sides-in-turns.js';

/** Embeddings of rows of x, of y, or of both, by the function's model; they go by the same names. */
export const embed: Route = {
  about: "embeddings of rows of x or y by the function's model",
  fields: ['x', 'y'],
  array: 'x',
  answers: ['json', 'npy', 'safetensors'],
  async run({ fields, state, turns }) {
    const model = await state.model();
    return sidesInTurns(
      fields,
      { turns, limits: state.limits },
      {
        x: { read: () => matrixField(fields, 'x', state.limits), map: model.embedX },
        y: { read: () => matrixField(fields, 'y', state.limits), map: model.embedY },
      },
    );
  },
};

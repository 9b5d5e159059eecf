import { writeNpy } from '../data/npy.js';
import { type Tensor, writeSafetensors } from '../data/safetensors.js';
import type { Matrix } from '../wasm/matrix.js';
import { jsonInTurns } from './json-in-turns.js';
import { RequestError } from './request-error.js';
import type { Answer } from './route.js';

/** Matrices by name; as .npy only where there is one. */
export function tensorsAnswer(matrices: Readonly<Record<string, Matrix>>): Answer {
  return {
    json: (turns) => jsonInTurns(matrices, turns),
    npy() {
      const [one, ...more] = Object.values(matrices);
      if (one === undefined || more.length > 0) {
        const names = Object.keys(matrices).join(', ');
        throw new RequestError(406, `the answer has several arrays (${names}), a .npy file one`);
      }
      return writeNpy(one);
    },
    safetensors: () =>
      writeSafetensors(
        new Map(
          Object.entries(matrices).map(([name, { data, rows, cols }]): [string, Tensor] => [
            name,
            { dtype: 'F32', shape: [rows, cols], data },
          ]),
        ),
      ),
  };
}

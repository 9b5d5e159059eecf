import { writeNpy } from '../data/npy.js';
import { writeSafetensors } from '../data/safetensors.js';
import type { Matrix } from '../wasm/matrix.js';
import { matrixRows } from './field-values.js';
import { RequestError } from './request-error.js';
import type { Answer } from './route.js';

/** Matrices by name; as .npy only where there is one. */
export function matricesAnswer(matrices: ReadonlyMap<string, Matrix>): Answer {
  return {
    json: () => Object.fromEntries([...matrices].map(([name, one]) => [name, matrixRows(one)])),
    npy() {
      const [one, ...more] = matrices.values();
      if (one === undefined || more.length > 0) {
        throw new RequestError(
          406,
          `the answer has several arrays (${[...matrices.keys()].join(', ')}), a .npy file one`,
        );
      }
      return writeNpy(one);
    },
    safetensors: () =>
      writeSafetensors(
        new Map(
          [...matrices].map(([name, { data, rows, cols }]) => [name, { dtype: 'F32', shape: [rows, cols], data }]),
        ),
      ),
  };
}

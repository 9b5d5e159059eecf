import { env, scalar, setBackend as set } from '@tensorflow/tfjs-core';
import { StateError } from '../wasm/errors.js';

/**
 * From now on TensorFlow.js computes on a backend that was imported; in Node it then says nothing of tfjs-node.
 *
 * @throws {StateError} where the backend does not start
 */
export async function setBackend(name: string): Promise<void> {
  // The cpu backend advertises with its first tensor, unless it is told that this is a test.
  env().set('IS_TEST', true);
  try {
    if (!(await set(name))) throw new StateError(`the ${name} backend of TensorFlow.js does not start here`);
    scalar(0).dispose();
  } finally {
    env().set('IS_TEST', false);
  }
}

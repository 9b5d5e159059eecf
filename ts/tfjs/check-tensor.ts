import { Tensor } from '@tensorflow/tfjs-core';
import { ShapeError, StateError } from '../wasm/errors.js';
import { shownKind } from '../wasm/shown.js';

/**
 * Refuses what is no tensor: TensorFlow.js's `instanceof` tells those of another copy too.
 *
 * @param expected for the message
 * @throws {ShapeError} saying what was given
 * @throws {StateError} on tensors that were disposed of
 */
export function checkTensor(value: unknown, name: string, expected = 'a tensor'): void {
  if (!(value instanceof Tensor)) throw new ShapeError(`${name} must be ${expected}, got ${shownKind(value)}`);
  if (value.isDisposed) throw new StateError(`${name} is a tensor that was disposed of`);
}

import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkParts, hasParts } from '../wasm/check-parts.js';

const PARTS = { layers: 'array', apply: 'function', predict: 'function' } as const;

/** Whether a value is a LayersModel, also one of another copy of TensorFlow.js. */
export function isLayersModel(value: unknown): value is LayersModel {
  return hasParts(value, PARTS);
}

/**
 * Refuses what is no LayersModel.
 *
 * @throws {OptionsError} saying what was given
 */
export function checkLayersModel(value: unknown, name: string): void {
  checkParts(value, PARTS, name, 'a tf.LayersModel');
}

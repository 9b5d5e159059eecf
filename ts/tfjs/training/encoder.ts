import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { hasParts } from '../../wasm/check-parts.js';
import { OptionsError } from '../../wasm/errors.js';
import { shownKind } from '../../wasm/shown.js';
import { isLayersModel } from '../check-layers-model.js';

/** A function of tensors whose variables are trained. */
export interface FunctionEncoder {
  /**
   * The embeddings of some rows, rows x {@link outputDim}; it works on any number of rows, and a row's embedding does not
   * depend on the others when not `training`.
   *
   * @param rows rows x {@link inputShape}
   */
  apply(rows: Tensor, options: { readonly training: boolean }): Tensor2D;
  /** What is trained and saved, in an order that is always the same. */
  readonly variables: readonly Variable[];
  /** Numbers of an embedding. */
  readonly outputDim: number;
  /** What a row of the source is reshaped to. Default the row as it is. */
  readonly inputShape?: readonly number[];
}

/** A Keras-style model of TensorFlow.js, or a function of tensors. */
export type Encoder = LayersModel | FunctionEncoder;

/** One encoder for both sides, which then share it, or one each. */
export type Encoders = Encoder | { readonly x: Encoder; readonly y: Encoder };

/**
 * The encoder of each side.
 *
 * @throws {OptionsError} on what is no encoder
 */
export function encodersOf(given: Encoders): { readonly x: Encoder; readonly y: Encoder } {
  if (typeof given === 'object' && given !== null && 'x' in given && 'y' in given) {
    return { x: checkedEncoder(given.x, 'encoder.x'), y: checkedEncoder(given.y, 'encoder.y') };
  }
  const encoder = checkedEncoder(given, 'encoder');
  return { x: encoder, y: encoder };
}

function checkedEncoder(given: unknown, name: string): Encoder {
  if (isLayersModel(given) || isFunctionEncoder(given)) return given;
  const hint = typeof given === 'string' ? "; encoders by name are for fit of 'kantorovich'" : '';
  throw new OptionsError(
    `${name} must be a tf.LayersModel, or { apply, variables, outputDim }, got ${shownKind(given)}${hint}`,
  );
}

function isFunctionEncoder(given: unknown): given is FunctionEncoder {
  if (!hasParts(given, { apply: 'function', variables: 'array' })) return false;
  const { outputDim, inputShape = [] } = given as FunctionEncoder;
  return (
    Array.isArray(inputShape) && [outputDim, ...inputShape].every((size) => Number.isSafeInteger(size) && size > 0)
  );
}

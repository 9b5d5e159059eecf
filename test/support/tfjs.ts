import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import type { Rows } from '../reference/linear-algebra.js';

/** The backends of TensorFlow.js that run here. */
export const tfjsBackends = ['cpu', 'wasm'] as const;

/** One of them. */
export type TfjsBackend = (typeof tfjsBackends)[number];

/** From now on tfjs computes on that backend. */
export async function useBackend(backend: TfjsBackend): Promise<void> {
  // With its first tensor tfjs advises Node's own backend, unless it is told that this is a test.
  tf.env().set('IS_TEST', true);
  await tf.setBackend(backend);
  tf.scalar(0).dispose();
  // In tests it takes what ops keep for their gradients for leaks, those of its own ops too.
  tf.env().set('IS_TEST', false);
}

/** A matrix of those rows. */
export function tensorOfRows(rows: Rows): tf.Tensor2D {
  return tf.tensor2d(rows.flat(), [rows.length, rows[0]?.length ?? 0]);
}

/** Its numbers. */
export function numbersOf(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<'float32'>();
}

/** How many tensors `work` leaves behind. */
export async function tensorsLeftBy(work: () => unknown): Promise<number> {
  const before = tf.memory().numTensors;
  await work();
  return tf.memory().numTensors - before;
}

import { matMul, reshape, type Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { checkParts } from '../../wasm/check-parts.js';
import { DataError, OptionsError } from '../../wasm/errors.js';
import type { Random } from '../../wasm/random.js';
import { shown } from '../../wasm/shown.js';

/** One point between a pair of the joint and a pair of the product of marginals. */
export interface PenaltyPoint {
  /** The row of the joint pair. */
  readonly joint: number;
  /** The row of the product pair's x. */
  readonly x: number;
  /** The row of the product pair's y. */
  readonly y: number;
  /** The weight of the joint pair, from 0 to 1, for all coordinates of x and y. */
  readonly weight: number;
}

/**
 * `points` points between pairs of a batch of n (Gulrajani et al. 2017, algorithm 1, with two pairs for two samples):
 * those that the native engine draws from the same state of its generator.
 *
 * @throws {OptionsError} for no point, and for what is no generator
 * @throws {DataError} for fewer than two pairs, which have no product of marginals
 */
export function drawPenaltyPoints(random: Random, n: number, points: number): readonly PenaltyPoint[] {
  const parts = { permutation: 'function', below: 'function', uniform: 'function' } as const;
  checkParts(random, parts, 'random', 'a generator, as random(seed) makes it');
  if (!Number.isSafeInteger(points) || points < 1) {
    throw new OptionsError(`the penalty needs at least one point, got ${shown(points)}`);
  }
  if (!Number.isSafeInteger(n) || n < 2) {
    throw new DataError(`a product of marginals needs at least two pairs, got ${shown(n)}`);
  }
  const order = random.permutation(n);
  return Array.from({ length: points }, (_, k) => {
    const x = random.below(n);
    const other = random.below(n - 1);
    return { joint: order[k % n], x, y: other >= x ? other + 1 : other, weight: random.uniform() };
  });
}

/** Rows of a side's batch [n, ...] mixed at the points, differentiable by them: [points, ...]. */
export function mixAt(points: readonly PenaltyPoint[], side: 'x' | 'y', rows: Tensor): Tensor {
  const [n, ...shape] = rows.shape;
  const shares = new Float32Array(points.length * n);
  points.forEach((point, k) => {
    shares[k * n + point.joint] += point.weight;
    shares[k * n + point[side]] += 1 - point.weight;
  });
  const mixed = matMul(tensor2d(shares, [points.length, n]), reshape(rows, [n, -1]) as Tensor2D);
  return reshape(mixed, [points.length, ...shape]);
}

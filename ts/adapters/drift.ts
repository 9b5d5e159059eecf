import { matrixNorms } from '../lipschitz/matrix-norms.js';
import { projectSpectralBall } from '../lipschitz/projections.js';
import { OptionsError } from '../wasm/errors.js';
import { type Matrix, matrix } from '../wasm/matrix.js';
import { cosineOfHalfTurns } from './half-turns.js';
import type { Head, Layer } from './head.js';
import { limitLowRank } from './low-rank-ball.js';

/** What rounding may add to a norm, many times over. */
const ROOM = 1e-4;

/**
 * Changes a residual head so that it turns no vector by more than `degrees`: with y = x + f(x), |x| = 1 and
 * |f(x)| <= sin a, the angle between x and y is at most a. A last layer that is a matrix by itself becomes the nearest
 * such one, a product of two the nearest such product; of other chains the last layer is scaled.
 */
export function limitDrift({ layers }: Head, degrees: number): void {
  const radius = radiusOf(degrees);
  const last = layers[layers.length - 1];
  if (last === undefined || last.weight.data.every((value) => value === 0)) return;
  const [first, second] = layers.map(matrixOf);
  if (first && second && layers.length === 2 && layers.every(isPlain)) {
    limitLowRank(second, first, radius);
    return;
  }
  const before = boundOf(layers.slice(0, -1));
  if (before.product === null && isPlain(last)) {
    const nearest = projectSpectralBall(matrixOf(last), { radius: radius / before.length });
    last.weight.data.set(nearest.data);
    return;
  }
  const bound = longestOutput(layers);
  if (bound <= radius) return;
  for (const tensor of [last.weight, last.bias]) {
    if (tensor !== null)
      for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = (tensor.data[i] * radius) / bound;
  }
}

/** What |f(x)| may be for so many degrees. */
export function radiusOf(degrees: number): number {
  return cosineOfHalfTurns((90 - degrees) / 180) * (1 - ROOM);
}

/** No f(x) of |x| = 1 is longer. */
export function longestOutput(layers: readonly Layer[]): number {
  const { length, product } = boundOf(layers);
  return product === null ? length : normOf(product) * length;
}

/**
 * After layers, no output of |x| = 1 is longer than `length` times the norm of `product`, which is of the matrices that
 * came after the last bias or activation: null without any.
 */
function boundOf(layers: readonly Layer[]): { readonly length: number; readonly product: Matrix | null } {
  let length = 1;
  let product: Matrix | null = null;
  for (const layer of layers) {
    const { weight, bias, activation } = layer;
    const own = matrixOf(layer);
    product = product === null ? own : times(own, product);
    if (isPlain(layer)) continue;
    length = normOf(product) * length + lengthOf(bias?.data ?? []);
    length = activation?.longest(length, weight.rows) ?? length;
    product = null;
  }
  return { length, product };
}

function matrixOf({ weight }: Layer): Matrix {
  return matrix(weight.data, weight.rows, weight.cols);
}

function isPlain({ bias, activation }: Layer): boolean {
  return bias === null && activation === null;
}

/** Never below the spectral norm. */
function normOf(w: Matrix): number {
  return matrixNorms(w).spectral.upperBound;
}

/**
 * The option, checked.
 *
 * @throws {OptionsError} unless it lies above 0 and below 90
 */
export function checkDrift(degrees: number): number {
  if (degrees > 0 && degrees < 90) return degrees;
  throw new OptionsError(`maxDrift must be degrees above 0 and below 90, got ${degrees}`);
}

function lengthOf(values: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  return Math.sqrt(squares);
}

/** A B. */
function times(a: Matrix, b: Matrix): Matrix {
  const out = new Float32Array(a.rows * b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let r = 0; r < a.cols; r++) {
      const factor = a.data[i * a.cols + r];
      for (let j = 0; j < b.cols; j++) out[i * b.cols + j] = out[i * b.cols + j] + factor * b.data[r * b.cols + j];
    }
  }
  return matrix(out, a.rows, b.cols);
}

import { matrixNorms } from '../../lipschitz/matrix-norms.js';
import { projectSpectralBall } from '../../lipschitz/projections.js';
import { OptionsError } from '../../wasm/errors.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';
import { shown } from '../../wasm/shown.js';
import { lengthOf } from '../inputs/length-of.js';
import { cosineOfHalfTurns } from './half-turns.js';
import type { Head, Layer } from './head.js';
import { limitLowRank, lowRankNorm } from './low-rank-ball.js';

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
  const [first, second] = linearMatrices(layers);
  if (first && second && layers.length === 2) {
    limitLowRank(second, first, radius);
    return;
  }
  if (last.bias === null && last.activation === null) {
    const nearest = projectSpectralBall(matrixOf(last), { radius: radius / longestOutput(layers.slice(0, -1)) });
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

/**
 * No f(x) of |x| = 1 is longer: of a product of two it is its norm; elsewhere, through a layer, a length l becomes at most
 * |A| l + |b|, with A's certified spectral norm, and then what the activation makes of that.
 */
export function longestOutput(layers: readonly Layer[]): number {
  const [first, second] = linearMatrices(layers);
  if (first && second && layers.length === 2) return lowRankNorm(second, first);
  return layers.reduce((length, layer) => {
    const { weight, bias, activation } = layer;
    const linear = matrixNorms(matrixOf(layer)).spectral.upperBound * length + lengthOf(bias?.data ?? []);
    return activation?.longest(linear, weight.rows) ?? linear;
  }, 1);
}

/** The matrices of a chain that is nothing else; none of another. */
function linearMatrices(layers: readonly Layer[]): readonly Matrix[] {
  return layers.every(({ bias, activation }) => bias === null && activation === null) ? layers.map(matrixOf) : [];
}

function matrixOf({ weight }: Layer): Matrix {
  return matrix(weight.data, weight.rows, weight.cols);
}

/**
 * The option, checked.
 *
 * @throws {OptionsError} unless it lies above 0 and below 90
 */
export function checkDrift(degrees: number): number {
  if (typeof degrees === 'number' && degrees > 0 && degrees < 90) return degrees;
  throw new OptionsError(`maxDrift must be degrees above 0 and below 90, got ${shown(degrees)}`);
}

import { matrixNorms } from '../lipschitz/matrix-norms.js';
import { projectSpectralBall } from '../lipschitz/projections.js';
import { OptionsError } from '../wasm/errors.js';
import { matrix } from '../wasm/matrix.js';
import type { Residual, ResidualTensor } from './residual.js';

/** What rounding may add to a norm, many times over. */
const ROOM = 1e-4;

/**
 * Changes a residual so that it turns no vector by more than `degrees`: with y = x + W x and |W| <= sin a, the angle
 * between x and y is at most a. A full W becomes the nearest such matrix, a low rank one is scaled.
 */
export function limitDrift({ dims, rank, tensors }: Residual, degrees: number): void {
  const radius = Math.sin((degrees * Math.PI) / 180) * (1 - ROOM);
  const [first, second] = tensors as readonly [ResidualTensor, ResidualTensor];
  if (first.data.every((value) => value === 0)) return;
  if (rank === null) {
    first.data.set(projectSpectralBall(matrix(first.data, dims, dims), { radius }).data);
    return;
  }
  const product = matrix(outer(first.data, second.data, dims, rank), dims, dims);
  const { upperBound } = matrixNorms(product).spectral;
  if (upperBound > radius)
    for (let i = 0; i < first.data.length; i++) first.data[i] = ((first.data[i] ?? 0) * radius) / upperBound;
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

function outer(u: Float32Array, v: Float32Array, dims: number, rank: number): Float32Array {
  const out = new Float32Array(dims * dims);
  for (let i = 0; i < dims; i++) {
    for (let r = 0; r < rank; r++) {
      const factor = u[i * rank + r];
      for (let j = 0; j < dims; j++) out[i * dims + j] = out[i * dims + j] + factor * v[r * dims + j];
    }
  }
  return out;
}

import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { type BallName, checkLipschitz, type Lipschitz } from '../../lipschitz/lipschitz.js';
import { matrixNorms } from '../../lipschitz/matrix-norms.js';
import {
  orthonormalise,
  projectBox,
  projectFrobenius,
  projectL1,
  projectLInfinity,
  projectSpectralBall,
  scaleToSpectralNorm,
} from '../../lipschitz/projections.js';
import { checkOptions } from '../../wasm/check-options.js';
import { ShapeError } from '../../wasm/errors.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';
import { checkTensor } from '../check-tensor.js';
import { type KernelGeometry, patchOverlap } from './kernel-geometry.js';

/** Options of {@link projectKernel}. */
export interface KernelProjection extends KernelGeometry {
  /**
   * Certifies the norm instead of estimating it: for what is evaluated, saved or exported, as it takes longer than a
   * training step where both sides of a kernel are large. Default false.
   */
  readonly strict?: boolean;
}

/** Room below the norm for the slack of the certified bound, so that projecting twice changes nothing. */
const SPECTRAL_MARGIN = 4e-5;

/** Residual at which orthonormalisation stops between steps, over the root of the number of singular values. */
const REFRESH_TOLERANCE = 1e-2;

/**
 * A new tensor, the kernel within the constraint: the native `lipschitz` of the same name on one layer, computed by this
 * library's core. `none`, `gradient-penalty` and `lagrangian` leave kernels as they are.
 *
 * - `spectral`: scaled so that the layer's own norm is at most `norm`. By power iteration (from below: after the
 *   scaling some 1e-3 above at most, in hard cases 1e-2), with `strict` by a certificate, to 1e-6.
 * - `orthonormal`: the nearest kernel with orthonormal columns, or rows where it is wide; over {@link patchOverlap} for
 *   convolutions, so that the layer is 1-Lipschitz. To 1e-2 between steps, with `strict` to 1e-5.
 * - `spectral-ball`, `l1`, `l-infinity`, `frobenius`, `box`: the nearest kernel in the ball. Kernels of convolutions are
 *   in it as matrices; the layer's own norm is then at most radius x {@link patchOverlap}.
 *
 * A convolution's norm is bounded by that of its kernel as a matrix times {@link patchOverlap}; this never lies below it,
 * and at strides as long as the kernel is it. Where patches overlap, `spectral` may keep a layer further below `norm`
 * than the native engine, which iterates through the convolution.
 *
 * Reads the kernel's numbers at once (`dataSync`), which backends such as WebGPU can't.
 *
 * @param kernel [inputs, units] of a dense layer, [...sides, channels in, channels out] of a convolution, with any number
 * of sides; other layouts of two or more axes are taken as a matrix by their last axis
 * @throws {ShapeError} on what is no tensor, and on a kernel of fewer than two axes
 * @throws {DataError} on NaN or infinity
 * @throws {OptionsError} on what is no constraint, a radius that is not above 0, or bad strides
 */
export function projectKernel<Kernel extends Tensor>(
  kernel: Kernel,
  lipschitz: Lipschitz,
  options: KernelProjection = {},
): Kernel {
  checkOptions(options, { strides: true, dilationRate: true, positions: true, strict: true }, 'projectKernel');
  checkTensor(kernel, 'kernel');
  checkLipschitz(lipschitz);
  const { strict = false, ...geometry } = options;
  const columns = kernel.shape.at(-1);
  if (kernel.rank < 2 || columns === undefined) {
    throw new ShapeError(`a kernel has at least two axes, got a tensor of shape [${kernel.shape}]`);
  }
  return tidy(() => {
    if (!isProjection(lipschitz)) return kernel.clone();
    const data = Float32Array.from(kernel.dataSync());
    const w = matrix(data, data.length / columns, columns);
    const { data: projected } = project(w, lipschitz, patchOverlap(kernel.shape, geometry), strict);
    return tensor(projected, kernel.shape) as Kernel;
  });
}

/** Constraints that are kept by projections. */
export type ProjectedLipschitz = Exclude<Lipschitz, { name: 'none' | 'gradient-penalty' | 'lagrangian' }>;

/** Whether a constraint is kept by projections. */
export function isProjection(lipschitz: Lipschitz): lipschitz is ProjectedLipschitz {
  return !['none', 'gradient-penalty', 'lagrangian'].includes(lipschitz.name);
}

/** Whether kernels are projected after a step, counted from 1, as the native engine does. */
export function projectsAfter(lipschitz: Lipschitz, step: number): boolean {
  return isProjection(lipschitz) && step % (lipschitz.name === 'spectral' ? 1 : lipschitz.every) === 0;
}

function project(w: Matrix, lipschitz: ProjectedLipschitz, overlap: number, strict: boolean): Matrix {
  switch (lipschitz.name) {
    case 'spectral': {
      const norm = lipschitz.norm / overlap;
      return strict ? certifiedNorm(w, norm) : scaleToSpectralNorm(w, { norm }).matrix;
    }
    case 'orthonormal':
      return orthonormal(w, overlap, strict);
    default:
      return ballProjections[lipschitz.name](w, { radius: lipschitz.radius });
  }
}

/** TensorFlow.js keeps the transpose of a layer's matrix, for which the norms of rows and columns change places. */
const ballProjections: Readonly<Record<BallName, typeof projectBox>> = {
  'spectral-ball': projectSpectralBall,
  l1: projectLInfinity,
  'l-infinity': projectL1,
  frobenius: projectFrobenius,
  box: projectBox,
};

function certifiedNorm(w: Matrix, norm: number): Matrix {
  // The estimate is not looked at.
  const { upperBound } = matrixNorms(w, { maxIterations: 1, tolerance: 1 }).spectral;
  return upperBound > norm ? scaled(w, (norm * (1 - SPECTRAL_MARGIN)) / upperBound) : w;
}

function orthonormal(w: Matrix, overlap: number, strict: boolean): Matrix {
  const stopping = strict ? {} : { tolerance: REFRESH_TOLERANCE * Math.sqrt(Math.min(w.rows, w.cols)) };
  return scaled(orthonormalise(scaled(w, overlap), stopping).matrix, 1 / overlap);
}

function scaled({ data, rows, cols }: Matrix, factor: number): Matrix {
  return { data: data.map((value) => value * factor), rows, cols };
}

import { OptionsError } from '../wasm/errors.js';
import { type CoreSinkhorn, coreSinkhorn } from '../wasm/transport-calls.js';
import { type PointsLike, toPoints, type Weights } from './points.js';

/** What it costs to move a unit of mass from x to y: |x - y|, or |x - y|². */
export type TransportCost = 'euclidean' | 'squared-euclidean';

/** How transport is smoothed. */
export interface SinkhornOptions extends Weights {
  /** Strength of smoothing, in the cost's unit, at least 1e-9 of the largest cost. */
  readonly epsilon: number;
  /** Default `euclidean`. */
  readonly cost?: TransportCost;
  /** Iteration ends once the marginal error is no more than this. Default 1e-4. */
  readonly tolerance?: number;
  /** Updates of both potentials, at most. Default 1,000. */
  readonly maxIterations?: number;
  /**
   * Smoothing begins as strong as the largest cost and shrinks by this factor with each iteration until it is epsilon;
   * with 1 it is epsilon from the start. Default 0.5.
   */
  readonly scaling?: number;
}

/** An entropic transport P from a to b. */
export interface SinkhornTransport {
  /** ⟨P, C⟩ + ε KL(P | a bᵀ), by its dual: never above the least there is but for rounding. */
  readonly value: number;
  /** ⟨P, C⟩, what moving costs. */
  readonly cost: number;
  /** Σⱼ |Σᵢ Pᵢⱼ - bⱼ|, of at most 2; the masses of a are met exactly. */
  readonly marginalError: number;
  readonly iterations: number;
  /** Whether the marginal error is within the tolerance. */
  readonly converged: boolean;
}

/** OT(a, b) - OT(a, a) / 2 - OT(b, b) / 2. */
export interface SinkhornDivergence {
  /** By the values, with their KL terms: at least 0, and 0 for equal samples. */
  readonly value: number;
  /** By the transport costs alone. */
  readonly cost: number;
  /** The largest of the three problems. */
  readonly marginalError: number;
  /** Of the three problems together. */
  readonly iterations: number;
  /** Whether all three have converged. */
  readonly converged: boolean;
}

/**
 * Entropic optimal transport, min over plans P of ⟨P, C⟩ + ε KL(P | a bᵀ) (Cuturi 2013), by Sinkhorn's iteration on
 * potentials in the log domain, each going beyond its target (Lehmann et al. 2022).
 *
 * Costs are never stored. Float32 lanes work until their rounding shows, float64 goes on, and the result is evaluated in
 * float64. A small epsilon takes many iterations: look at `converged`. Up to some thousand points `wasserstein1` is
 * exact and often faster.
 *
 * @param a n x d points, or n numbers
 * @param b m x d points, or m numbers
 * @throws {ShapeError} on points of different dimensions, no points, or other than one weight a point
 * @throws {DataError} on numbers that are not finite, a negative weight, or weights that are all zero
 * @throws {OptionsError} on an option outside its range
 */
export function sinkhorn(a: PointsLike, b: PointsLike, options: SinkhornOptions): SinkhornTransport {
  return run(a, b, options, false);
}

/**
 * The Sinkhorn divergence: entropic transport without its bias (Genevay et al. 2018; Feydy et al. 2019). As
 * epsilon goes to 0 it becomes the exact cost, as it grows a kernel distance.
 *
 * @param a n x d points, or n numbers
 * @param b m x d points, or m numbers
 * @throws as {@link sinkhorn}
 */
export function sinkhornDivergence(a: PointsLike, b: PointsLike, options: SinkhornOptions): SinkhornDivergence {
  return run(a, b, options, true);
}

function run(a: PointsLike, b: PointsLike, options: SinkhornOptions, debiased: boolean): CoreSinkhorn {
  if (typeof options !== 'object' || options === null) {
    throw new OptionsError('epsilon is missing: { epsilon: a number above 0 }');
  }
  const { epsilon, cost = 'euclidean', tolerance = 1e-4, maxIterations = 1000, scaling = 0.5 } = options;
  if (!Number.isSafeInteger(maxIterations) || maxIterations < 1 || maxIterations >= 2 ** 32) {
    throw new OptionsError(`maxIterations must be a whole number from 1, got ${maxIterations}`);
  }
  const [from, to] = [toPoints(a, 'a', options.weightsA), toPoints(b, 'b', options.weightsB)];
  return coreSinkhorn(from, to, { epsilon, cost, tolerance, maxIterations, scaling, debiased });
}

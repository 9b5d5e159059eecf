import { evaluateLoss } from '../objectives/evaluate-loss.js';
import type { CoreOptions } from '../wasm/core.js';
import { ShapeError } from '../wasm/errors.js';
import { firstRows, type Matrix } from '../wasm/matrix.js';
import type { CoreCertificate, LipschitzParts, Metric } from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';
import { trainedCritic } from './trained-critic.js';

/**
 * What a critic certifies of one sample: a lower bound on W_1 between its empirical joint (its n pairs) and the product
 * of its marginals (all n² pairs), by duality from f / L.
 */
export interface W1Bound {
  /** n, the sample's pairs. */
  readonly pairs: number;
  /** The distance between pairs. */
  readonly metric: Metric;
  /** WDM over all n² pairs: mean f over the sample less mean f over the product. */
  readonly wdm: number;
  /** L, from above; null where nothing certifies one. */
  readonly lipschitzConstant: number | null;
  /** The steepest pair found, a lower bound on L. */
  readonly steepest: number;
  /** `wdm / L`, less what rounding may have added to wdm, not below 0; null without L. */
  readonly lowerBound: number | null;
}

/**
 * The pairs of a sample that its bound is taken of: all, but for the joint critic, whose network passes over all n² pairs,
 * the first `most`.
 */
export function boundSample(
  { critic }: TrainerSpec,
  { x, y }: Readonly<Record<'x' | 'y', Matrix>>,
  most: number,
): Readonly<Record<'x' | 'y', Matrix>> {
  const count = critic === 'joint' ? Math.min(most, x.rows) : x.rows;
  return { x: firstRows(x, count), y: firstRows(y, count) };
}

/** Some units in the last place of single precision: what layers and products may have lost of an embedding. */
const ROUNDING = 2 ** -20;

/**
 * What rounding of embeddings may leave of a score: it matters where they are long and differ little, as those of inputs
 * far from 0 do. 0 where nothing bounds the critic's slopes, which then certify nothing.
 */
export function scoreRounding(slopes: LipschitzParts['critic'], { g, h }: Readonly<Record<'g' | 'h', Matrix>>): number {
  return slopes === null ? 0 : ROUNDING * (slopes.x * longest(g) + slopes.y * longest(h));
}

function longest({ data, rows, cols }: Matrix): number {
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    const square = data.subarray(i * cols, (i + 1) * cols).reduce((sum, value) => sum + value * value, 0);
    largest = Math.max(largest, square);
  }
  return Math.sqrt(largest);
}

/**
 * WDM over all n² pairs of embeddings: the form whose quotient by L bounds W_1 (the off-diagonal form is n / (n - 1)
 * times as large and would certify too much). Costs n² distances for critics that are no inner products.
 *
 * @throws {ShapeError} on different numbers of rows
 */
export function sampleWdm(
  spec: TrainerSpec,
  parameters: readonly NamedTensor[],
  { g, h }: Readonly<Record<'g' | 'h', Matrix>>,
  { deterministic = false }: CoreOptions,
): number {
  if (g.rows !== h.rows) throw new ShapeError(`x has ${g.rows} rows and y ${h.rows}: expected one y an x`);
  const critic = trainedCritic(spec, parameters);
  return evaluateLoss('wdm-all', g, h, { critic, deterministic, gradients: 'none' }).value;
}

/** `(wdm - rounding) / L`, not below 0; null where nothing certifies an L above 0. */
export function w1LowerBound(wdm: number, rounding: number, { constant }: CoreCertificate): number | null {
  return constant === null || constant === 0 ? null : Math.max(0, (wdm - rounding) / constant);
}

import { evaluateLoss } from '../objectives/evaluate-loss.js';
import type { CoreOptions } from '../wasm/core.js';
import { ShapeError } from '../wasm/errors.js';
import type { Matrix } from '../wasm/matrix.js';
import type { CoreCertificate, Metric } from '../wasm/trainer.js';
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
  /** `wdm / L`, not below 0; null without L. */
  readonly lowerBound: number | null;
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

/** `wdm / L`, not below 0; null where nothing certifies an L above 0. */
export function w1LowerBound(wdm: number, { constant }: CoreCertificate): number | null {
  return constant === null || constant === 0 ? null : Math.max(0, wdm / constant);
}

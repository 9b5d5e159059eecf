import type { OptimiserSpec } from '../../wasm/trainer-spec.js';

/** The moments of one tensor's gradient; `second` is empty for sgd. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** What of a step is the same for all tensors. */
export interface OptimiserStep {
  readonly optimiser: OptimiserSpec;
  /** The step's number, counted from 1. */
  readonly step: number;
  readonly rate: number;
  /** What gradients are multiplied by: below 1 where they are clipped. */
  readonly scale: number;
}

/** Moments of a tensor that has not been trained yet. */
export function noMoments({ name }: OptimiserSpec, length: number): Moments {
  return { first: new Float32Array(length), second: new Float32Array(name === 'sgd' ? 0 : length) };
}

/**
 * A tensor's values after a step down its gradient, with the core's formulas, which are PyTorch's; the moments are
 * changed. Sums run in float64.
 *
 * ```text
 * sgd:    g += λ p;  m = μ m + g;  p -= η m
 * adam:   g += λ p;  m = β₁ m + (1-β₁) g;  v = β₂ v + (1-β₂) g²
 *         p -= η / (1-β₁ᵗ) m / (√v / √(1-β₂ᵗ) + ε)
 * adamw:  p -= η λ p, then adam with λ = 0
 * ```
 *
 * @param gradient null where nothing was differentiated by the tensor: zeros
 * @param decays whether weight decay touches it
 */
export function descended(
  value: Float32Array,
  gradient: Float32Array | null,
  moments: Moments,
  step: OptimiserStep,
  decays: boolean,
): Float32Array {
  const weightDecay = decays ? step.optimiser.weightDecay : 0;
  const descend = step.optimiser.name === 'sgd' ? descendedSgd : descendedAdam;
  return descend(value, gradient ?? new Float32Array(value.length), moments, step, weightDecay);
}

function descendedSgd(
  value: Float32Array,
  gradient: Float32Array,
  { first }: Moments,
  { optimiser: { momentum }, rate, scale }: OptimiserStep,
  decay: number,
): Float32Array {
  const { length } = value;
  const after = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const p = value[i];
    const g = gradient[i] * scale + decay * p;
    const m = momentum * first[i] + g;
    first[i] = m;
    after[i] = p - rate * m;
  }
  return after;
}

function descendedAdam(
  value: Float32Array,
  gradient: Float32Array,
  { first, second }: Moments,
  { optimiser: { name, beta1, beta2, epsilon }, step, rate, scale }: OptimiserStep,
  decay: number,
): Float32Array {
  const [joined, shrink] = name === 'adamw' ? [0, 1 - rate * decay] : [decay, 1];
  const corrected = rate / (1 - beta1 ** step);
  const root = 1 / Math.sqrt(1 - beta2 ** step);
  const [fresh1, fresh2, { length }] = [1 - beta1, 1 - beta2, value];
  const after = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const p = value[i];
    const g = gradient[i] * scale + joined * p;
    const m = beta1 * first[i] + fresh1 * g;
    const v = beta2 * second[i] + fresh2 * g * g;
    first[i] = m;
    second[i] = v;
    after[i] = p * shrink - (corrected * m) / (Math.sqrt(v) * root + epsilon);
  }
  return after;
}

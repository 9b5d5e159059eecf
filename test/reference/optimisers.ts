import { entry } from './linear-algebra.js';

/** Parameters and the running averages of an optimiser after `step` steps. */
export interface OptimiserState {
  readonly step: number;
  readonly parameters: readonly number[];
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** Adam's settings under PyTorch's names and defaults. */
export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** The state before the first step: averages at zero. */
export function startFrom(parameters: readonly number[]): OptimiserState {
  const zeros = parameters.map(() => 0);
  return { step: 0, parameters, first: zeros, second: zeros };
}

/** SGD with momentum as PyTorch has it: b ← μ b + ∇, p ← p - lr b. Gradients are of what is minimised. */
export function sgd(
  state: OptimiserState,
  gradient: readonly number[],
  { learningRate, momentum = 0 }: { readonly learningRate: number; readonly momentum?: number },
): OptimiserState {
  const first = gradient.map((g, k) => momentum * entry(state.first, k) + g);
  const parameters = state.parameters.map((p, k) => p - learningRate * entry(first, k));
  return { ...state, step: state.step + 1, parameters, first };
}

/**
 * Adam: p ← p - lr m̂ / (√v̂ + ε), ε outside the root and both averages corrected for their start at zero.
 *
 * @see Kingma and Ba 2015, algorithm 1, https://arxiv.org/abs/1412.6980
 */
export function adam(
  state: OptimiserState,
  gradient: readonly number[],
  { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
): OptimiserState {
  const step = state.step + 1;
  const first = gradient.map((g, k) => beta1 * entry(state.first, k) + (1 - beta1) * g);
  const second = gradient.map((g, k) => beta2 * entry(state.second, k) + (1 - beta2) * g * g);
  const parameters = state.parameters.map((p, k) => {
    const mean = entry(first, k) / (1 - beta1 ** step);
    const variance = entry(second, k) / (1 - beta2 ** step);
    return p - (learningRate * mean) / (Math.sqrt(variance) + epsilon);
  });
  return { step, parameters, first, second };
}

/**
 * AdamW: p ← (1 - lr wd) p, then Adam's step; the decay never enters the averages.
 *
 * @see Loshchilov and Hutter 2019, algorithm 2, https://arxiv.org/abs/1711.05101
 */
export function adamw(
  state: OptimiserState,
  gradient: readonly number[],
  { weightDecay, ...options }: AdamOptions & { readonly weightDecay: number },
): OptimiserState {
  const decayed = state.parameters.map((p) => p * (1 - options.learningRate * weightDecay));
  return adam({ ...state, parameters: decayed }, gradient, options);
}

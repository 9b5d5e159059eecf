import { checkOptions } from '../wasm/check-options.js';
import { OptionsError } from '../wasm/errors.js';
import { shownKind } from '../wasm/shown.js';
import type { LipschitzSpec } from '../wasm/trainer-spec.js';

/** The constraints' names in the vocabulary. */
export type LipschitzName = LipschitzSpec['name'];

/** What keeps the critic Lipschitz as a function of (x, y). */
export type Lipschitz = LipschitzSpec;

/** The constraint of that name, with what it is made of. */
export type LipschitzOf<Name extends LipschitzName> = Extract<Lipschitz, { readonly name: Name }>;

/** Every constraint's name. */
export const lipschitzNames: readonly LipschitzName[] = [
  'none',
  'gradient-penalty',
  'lagrangian',
  'orthonormal',
  'spectral',
  'spectral-ball',
  'l1',
  'l-infinity',
  'frobenius',
  'box',
];

/** The balls that weights can be projected on, by name. */
export type BallName = Extract<Lipschitz, { readonly radius: number }>['name'];

/** Options of {@link gradientPenalty}. */
export interface GradientPenaltyOptions {
  /** What the penalty is multiplied by, from 0. Default 0.1. */
  readonly coefficient?: number;
  /** The norm that gradients are pulled to, from 0. Default 1. */
  readonly target?: number;
  /** `one`: only norms above the target cost anything. Default `one`. */
  readonly sided?: 'one' | 'two';
  /** Points a step at which the penalty is taken, from 1. Default 16. */
  readonly points?: number;
  /** `inputs`: the l2 metric on (x, y); `embeddings`: that on (g, h), which leaves encoders free. Default `inputs`. */
  readonly over?: 'inputs' | 'embeddings';
}

/**
 * The gradient penalty (Gulrajani et al. 2017, eq. 3; Ozair et al. 2019, section 4): the squared distance of
 * |∇f(x, y)| from a target, at points between joint and product samples. Its gradient is exact, through encoders and
 * critic, second derivatives included; every critic. It keeps no certified constant.
 */
export function gradientPenalty(options: GradientPenaltyOptions = {}): LipschitzOf<'gradient-penalty'> {
  const known = { coefficient: true, target: true, sided: true, points: true, over: true } as const;
  checkOptions(options, known, 'gradientPenalty');
  const { coefficient = 0.1, target = 1, sided = 'one', points = 16, over = 'inputs' } = options;
  return { name: 'gradient-penalty', coefficient, target, sided, points, over };
}

/**
 * Layers with orthonormal rows or columns (Björck; Anil et al. 2019): 1-Lipschitz encoders; best with `maxmin`. Kernels
 * of convolutions are so by channels x patch, divided by the norm of taking patches, which keeps gradients' norm where
 * patches don't overlap (stride = kernel) and there are no more channels than numbers in one.
 *
 * @param options `every`: steps from one orthonormalisation to the next, default 4
 */
export function orthonormal(options: { readonly every?: number } = {}): LipschitzOf<'orthonormal'> {
  checkOptions(options, { every: true }, 'orthonormal');
  const { every = 4 } = options;
  return { name: 'orthonormal', every };
}

/**
 * Spectral norms of all layers kept at `norm` at most, by projection after every step (power iteration; of a convolution
 * through the convolution itself).
 *
 * @param options `norm`: above 0, default 1
 */
export function spectral(options: { readonly norm?: number } = {}): LipschitzOf<'spectral'> {
  checkOptions(options, { norm: true }, 'spectral');
  const { norm = 1 } = options;
  return { name: 'spectral', norm };
}

/** Options of {@link weightBall}. */
export interface WeightBallOptions {
  /** The largest norm of a layer's weights, above 0. Default 1; 0.01 for `box` (Arjovsky et al. 2017). */
  readonly radius?: number;
  /** Steps from one projection to the next, from 1. Default 1; 10 for `spectral-ball`, which costs most. */
  readonly every?: number;
}

/**
 * Weights of every layer kept in a norm's ball, by projection on the nearest matrix: `spectral-ball` clips singular
 * values, `l1` and `l-infinity` bound the norms of the map between those spaces, `frobenius` scales, `box` clips
 * entries. What is evaluated, certified and exported is always projected.
 */
export function weightBall(
  name: BallName,
  options: WeightBallOptions = {},
): Extract<Lipschitz, { readonly radius: number }> {
  checkOptions(options, { radius: true, every: true }, 'weightBall');
  const { radius = name === 'box' ? 0.01 : 1, every = name === 'spectral-ball' ? 10 : 1 } = options;
  return { name, radius, every };
}

/** Options of {@link lagrangian}. */
export interface LagrangianOptions {
  /** Pairs of rows a step and side, from 1. Default 64. */
  readonly pairs?: number;
  /** How far below the constraint still earns something, above 0. Default 1e-3. */
  readonly slack?: number;
  /** Where the multiplier starts, above 0. Default 30. */
  readonly multiplier?: number;
}

/**
 * |φ(a) - φ(b)| <= |a - b| on pairs of inputs of a batch, for each encoder φ, by a Lagrangian whose multiplier is learnt
 * (METRA: Park et al. 2024, eq. 9). It needs no second derivative; no constant is certified by it.
 */
export function lagrangian(options: LagrangianOptions = {}): LipschitzOf<'lagrangian'> {
  checkOptions(options, { pairs: true, slack: true, multiplier: true }, 'lagrangian');
  const { pairs = 64, slack = 1e-3, multiplier = 30 } = options;
  return { name: 'lagrangian', pairs, slack, multiplier };
}

/** No constraint: values of wpc and wdm are then no Wasserstein quantities. */
export function unconstrained(): LipschitzOf<'none'> {
  return { name: 'none' };
}

/**
 * The constraint itself, or the one of that name with its defaults; the penalty is then taken at a quarter as many
 * points as a batch has pairs.
 *
 * @throws {OptionsError} on an unknown name, and on what is no constraint
 */
export function resolveLipschitz(lipschitz: Lipschitz | LipschitzName, batch: number): Lipschitz {
  if (typeof lipschitz !== 'string') return checkLipschitz(lipschitz);
  switch (lipschitz) {
    case 'none':
      return unconstrained();
    case 'gradient-penalty':
      return gradientPenalty({ points: Math.max(1, Math.floor(batch / 4)) });
    case 'orthonormal':
      return orthonormal();
    case 'spectral':
      return spectral();
    case 'lagrangian':
      return lagrangian({ pairs: batch });
    case 'spectral-ball':
    case 'l1':
    case 'l-infinity':
    case 'frobenius':
    case 'box':
      return weightBall(lipschitz);
    default:
      throw new OptionsError(`unknown constraint "${String(lipschitz)}": expected ${lipschitzNames.join(', ')}`);
  }
}

/**
 * The constraint itself.
 *
 * @throws {OptionsError} on what is none
 */
export function checkLipschitz(given: Lipschitz): Lipschitz {
  if (lipschitzNames.includes(given?.name)) return given;
  const text = typeof given === 'object' && given !== null ? `one named ${shownKind(given.name)}` : shownKind(given);
  throw new OptionsError(
    `a constraint is what spectral(), orthonormal() and their siblings give, of the names ${lipschitzNames.join(', ')}, got ${text}`,
  );
}

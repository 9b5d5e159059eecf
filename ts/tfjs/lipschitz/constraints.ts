import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import { constraints } from '@tensorflow/tfjs-layers';
import {
  type BallName,
  type Lipschitz,
  orthonormal,
  spectral,
  type WeightBallOptions,
  weightBall,
} from '../../lipschitz/lipschitz.js';
import { checkObject, checkOptions } from '../../wasm/check-options.js';
import { OptionsError } from '../../wasm/errors.js';
import { shown, shownKind } from '../../wasm/shown.js';
import type { KernelGeometry } from './kernel-geometry.js';
import { projectKernel } from './project-kernel.js';

/** What layers take as `kernelConstraint`. */
export type Constraint = ReturnType<typeof constraints.nonNeg>;

/** What a convolution's constraint has to know of its layer; the defaults are sound for every layer. */
export type ConstrainedLayer = Pick<KernelGeometry, 'strides' | 'dilationRate'>;

/**
 * A `kernelConstraint` that keeps the spectral norm of a dense layer or convolution at `norm` at most: the native
 * `spectral`, as {@link projectKernel} applies it. TensorFlow.js itself applies constraints in `setWeights` only, never
 * in `model.fit`: give {@link keepConstraints} to it.
 *
 * @param options `norm`: above 0, default 1; `strides` and `dilationRate` of a convolution
 * @throws {OptionsError} on values out of range
 */
export function spectralConstraint(options: { readonly norm?: number } & ConstrainedLayer = {}): LipschitzConstraint {
  checkOptions(options, { norm: true, ...LAYER }, 'spectralConstraint');
  const { norm, ...layer } = options;
  return new LipschitzConstraint({ lipschitz: spectral(norm === undefined ? {} : { norm }), ...layer });
}

/**
 * A `kernelConstraint` to kernels with orthonormal columns, or rows where they are wide: the native `orthonormal`, for
 * 1-Lipschitz layers. Applied as {@link spectralConstraint}.
 *
 * @param options `strides` and `dilationRate` of a convolution
 * @throws {OptionsError} on values out of range
 */
export function orthonormalConstraint(options: ConstrainedLayer = {}): LipschitzConstraint {
  checkOptions(options, LAYER, 'orthonormalConstraint');
  return new LipschitzConstraint({ lipschitz: orthonormal({ every: 1 }), ...options });
}

/**
 * A `kernelConstraint` to the ball of a norm: the native `weightBall`. Applied as {@link spectralConstraint}.
 *
 * @param options `radius`: above 0, default 1, of `box` 0.01
 * @throws {OptionsError} on an unknown ball or a radius out of range
 */
export function weightBallConstraint(
  name: BallName,
  options: Pick<WeightBallOptions, 'radius'> = {},
): LipschitzConstraint {
  if (typeof name !== 'string') {
    throw new OptionsError(
      `weightBallConstraint(name, { radius }) takes the name spectral-ball, l1, l-infinity, frobenius or box first, got ${shownKind(name)}`,
    );
  }
  checkOptions(options, { radius: true }, 'weightBallConstraint');
  return new LipschitzConstraint({ lipschitz: weightBall(name, { ...options, every: 1 }) });
}

const LAYER = { strides: true, dilationRate: true } as const;

/** As model.json holds it: a constraint, and the layer that it is made for. */
export interface LipschitzConstraintConfig extends ConstrainedLayer {
  readonly lipschitz: Lipschitz;
}

// TensorFlow.js recognises constraints by this class, which it doesn't export.
const Base = Object.getPrototypeOf(constraints.nonNeg().constructor) as (new () => Constraint) &
  Pick<typeof serialization.Serializable, 'fromConfig'>;

/** A constraint of {@link spectralConstraint} and its siblings; model.json knows it as `KantorovichConstraint`. */
export class LipschitzConstraint extends Base {
  static readonly className = 'KantorovichConstraint';
  readonly #config: LipschitzConstraintConfig;

  /** @throws {OptionsError} on a constraint that is not kept by projections, or values out of range */
  constructor(config: LipschitzConstraintConfig) {
    super();
    this.#config = checked(config);
  }

  /** A new tensor, the kernel within the constraint; with `strict` certified. Throws as {@link projectKernel}. */
  override apply<Kernel extends Tensor>(kernel: Kernel, strict = false): Kernel {
    const { lipschitz, ...layer } = this.#config;
    return projectKernel(kernel, lipschitz, { strict, ...layer });
  }

  /** What the constraint is made from again. */
  override getConfig(): serialization.ConfigDict {
    const { lipschitz, ...layer } = this.#config;
    return structuredClone({ lipschitz: { ...lipschitz }, ...layer }) as serialization.ConfigDict;
  }
}

serialization.registerClass(LipschitzConstraint);

/** What is known of a config, which may come from a file: with null for what is not given, where Python wrote it. */
function checked(config: LipschitzConstraintConfig): LipschitzConstraintConfig {
  checkObject(config, 'LipschitzConstraint');
  const { lipschitz, strides, dilationRate } = config;
  const layer = { ...(strides != null && { strides }), ...(dilationRate != null && { dilationRate }) };
  return { lipschitz: madeAnew(lipschitz), ...layer };
}

/** By the function of its name, which checks it. */
function madeAnew(lipschitz: Lipschitz): Lipschitz {
  switch (lipschitz?.name) {
    case 'spectral':
      return spectral({ norm: above0(lipschitz.norm, 'norm') });
    case 'orthonormal':
      return orthonormal({ every: 1 });
    case 'spectral-ball':
    case 'l1':
    case 'l-infinity':
    case 'frobenius':
    case 'box':
      return weightBall(lipschitz.name, { radius: above0(lipschitz.radius, 'radius'), every: 1 });
    default:
      throw new OptionsError(
        `a kernelConstraint is spectral, orthonormal, spectral-ball, l1, l-infinity, frobenius or box, got ${shown(lipschitz?.name)}`,
      );
  }
}

function above0(value: number, what: string): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new OptionsError(`the constraint's ${what} must be a finite number above 0, got ${shown(value)}`);
}

import type { CoreOptions } from '../../wasm/core.js';
import { DataError, OptionsError } from '../../wasm/errors.js';
import { type LipschitzParts, type Side, type Trainer, trainerOf } from '../../wasm/trainer.js';
import type { TrainerSpec } from '../../wasm/trainer-spec.js';
import type { NamedTensor } from '../../wasm/trainer-tensors.js';
import { layersChainSync } from '../exchange/layers-chain.js';
import { type NativeEncoder, nativeEncoder } from '../exchange/native-encoder.js';
import type { OpenEncoder } from './open-encoder.js';
import type { OpenEncoders } from './trainer.js';

/** What `work` makes of a native trainer with the same parameters; `otherwise` what is said where there can be none. */
export type TwinUse = <T>(work: (native: Trainer) => T, otherwise: (reason: string) => T) => T;

/** Of encoders and a critic of which nothing is known. */
export const UNKNOWN_PARTS: LipschitzParts = {
  encoders: { x: Number.POSITIVE_INFINITY, y: Number.POSITIVE_INFINITY },
  critic: null,
};

/**
 * The core certifies encoders of TensorFlow.js that it has layers for, as the variables hold them: rows in another order
 * have the same lengths.
 *
 * @param tensors the critic's among them
 */
export function withNativeTwin(
  spec: TrainerSpec,
  encoders: OpenEncoders,
  tensors: readonly NamedTensor[],
  options: CoreOptions,
): TwinUse {
  return (work, otherwise) => {
    const twin = nativeTwin(spec, encoders, tensors, options);
    if (typeof twin === 'string') return otherwise(twin);
    try {
      return work(twin);
    } finally {
      twin.dispose();
    }
  };
}

function nativeTwin(
  spec: TrainerSpec,
  encoders: OpenEncoders,
  tensors: readonly NamedTensor[],
  options: CoreOptions,
): Trainer | string {
  const x = nativeOf(encoders.x, 'x');
  if (typeof x === 'string') return x;
  const y = encoders.y === null ? null : nativeOf(encoders.y, 'y');
  if (typeof y === 'string') return y;
  if (y?.activation && x.activation && x.activation !== y.activation) {
    return `the encoder of x has ${x.activation} and that of y ${y.activation}: native encoders have one activation`;
  }
  const { tfjs: _, ...run } = spec;
  const native: TrainerSpec = {
    ...run,
    xWidths: x.widths,
    yWidths: y?.widths ?? null,
    ...(x.convolutions && { xConvolutions: x.convolutions }),
    ...(y?.convolutions && { yConvolutions: y.convolutions }),
    activation: x.activation ?? y?.activation ?? 'relu',
    bias: true,
    lipschitz: { name: 'none' },
  };
  const critic = tensors.filter(({ name }) => name.startsWith('critic.'));
  return trainerOf(native, [...layerTensors(x, 'x'), ...(y ? layerTensors(y, 'y') : []), ...critic], options);
}

/** The encoder as the core has it, or why it has none. */
function nativeOf({ model }: OpenEncoder, side: Side): NativeEncoder | string {
  if (model === null) return `the encoder of ${side} is a function of tensors, of which no Lipschitz constant is known`;
  try {
    const native = nativeEncoder(layersChainSync(model));
    if (native.standardiser === null) return native;
    return `the encoder of ${side} scales its inputs itself: give fit standardise instead, and the constant is over such inputs`;
  } catch (error) {
    if (!(error instanceof OptionsError) && !(error instanceof DataError)) throw error;
    return `no Lipschitz constant is known of the encoder of ${side}: ${error.message}`;
  }
}

function layerTensors({ layers }: NativeEncoder, side: Side): readonly NamedTensor[] {
  return layers.flatMap(({ weight, bias }, at) => [
    { name: `encoder.${side}.${at}.weight`, ...weight },
    {
      name: `encoder.${side}.${at}.bias`,
      ...(bias ?? { shape: [weight.shape[0] ?? 0], data: new Float32Array(weight.shape[0] ?? 0) }),
    },
  ]);
}

import * as tf from '@tensorflow/tfjs';
import { type TfjsFitOptions, tfjsRun } from '../../../ts/tfjs/training/fit-options.js';
import { tfjsTrainer } from '../../../ts/tfjs/training/trainer.js';
import { type FitOptions, trainerSpec } from '../../../ts/training/fit-options.js';
import { createTrainer, type Side, type Trainer } from '../../../ts/wasm/trainer.js';
import type { TrainerSpec } from '../../../ts/wasm/trainer-spec.js';
import type { NamedTensor } from '../../../ts/wasm/trainer-tensors.js';

/** A native trainer, and one of TensorFlow.js with the same weights, critic's and encoders'. */
export interface Twins {
  readonly native: Trainer;
  readonly tfjs: Trainer;
  readonly spec: TrainerSpec;
  dispose(): void;
}

/** The two trainers that `fit` would make of these options; without padding. */
export function twins(options: FitOptions): Twins {
  const spec = trainerSpec(options);
  const native = createTrainer(spec, { deterministic: true });
  const tensors = native.tensors('state');
  const x = twinModel(spec, tensors, 'x');
  const y = spec.yWidths === null ? x : twinModel(spec, tensors, 'y');
  const { spec: tfjsSpec, encoders } = tfjsRun(tfjsOptions(options, { x, y }));
  const tfjs = tfjsTrainer(tfjsSpec, encoders, { deterministic: true });
  const own = tfjs.tensors('state').filter(({ name }) => !name.startsWith('critic.'));
  const critic = tensors.filter(({ name }) => name.startsWith('critic.'));
  tfjs.restore([...own, ...critic], native.counters());
  const dispose = (): void => {
    native.dispose();
    tfjs.dispose();
    x.dispose();
    if (y !== x) y.dispose();
  };
  return { native, tfjs, spec, dispose };
}

/** The same run with encoders of TensorFlow.js. */
export function tfjsOptions(options: FitOptions, encoders: Readonly<Record<Side, tf.LayersModel>>): TfjsFitOptions {
  const { encoder, activation, bias, initialisation, shared, ...run } = options;
  return { ...run, encoder: encoders.x === encoders.y ? encoders.x : encoders };
}

/** The layers of a native encoder, relu between them, with the weights of the tensors of that side. */
export function twinModel(spec: TrainerSpec, tensors: readonly NamedTensor[], side: Side): tf.LayersModel {
  const own = side === 'x' || spec.yWidths === null ? 'x' : 'y';
  const [convolutions, widths] = own === 'x' ? [spec.xConvolutions, spec.xWidths] : [spec.yConvolutions, spec.yWidths];
  const [input = 0, ...units] = widths ?? [];
  const layers = convolutions?.layers ?? [];
  const last = layers.length + units.length - 1;
  const shared = (at: number) => ({ useBias: spec.bias, ...(at < last && { activation: 'relu' as const }) });
  const model = tf.sequential();
  const inputOf = (shape: readonly number[], isFirst: boolean) => (isFirst ? { inputShape: [...shape] } : {});
  const { height = 0, width = 0, channels = 0 } = convolutions?.image ?? {};
  layers.forEach((layer, at) => {
    const sizes = { filters: layer.channels, kernelSize: layer.kernel, strides: layer.stride };
    model.add(tf.layers.conv2d({ ...sizes, ...shared(at), ...inputOf([height, width, channels], at === 0) }));
  });
  if (layers.length > 0) {
    // Native dense layers take a channel after the other.
    model.add(tf.layers.permute({ dims: [3, 1, 2] }));
    model.add(tf.layers.flatten());
  }
  units.forEach((size, at) => {
    model.add(
      tf.layers.dense({ units: size, ...shared(layers.length + at), ...inputOf([input], layers.length + at === 0) }),
    );
  });
  const weights = tensors.filter(({ name }) => name.startsWith(`encoder.${own}.`));
  tf.tidy(() => model.setWeights(weights.map(twinTensor)));
  return model;
}

/** From PyTorch's shape to that of TensorFlow.js. */
function twinTensor({ shape, data }: NamedTensor): tf.Tensor {
  const tensor = tf.tensor(data, [...shape]);
  if (shape.length === 4) return tf.transpose(tensor, [2, 3, 1, 0]);
  return shape.length === 2 ? tf.transpose(tensor) : tensor;
}

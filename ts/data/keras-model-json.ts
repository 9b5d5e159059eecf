import { joinedBytes } from './joined-bytes.js';
import type { KerasLayer } from './keras-layers.js';

/** A model.json without its weights' place, and those weights. */
export interface KerasModel {
  readonly json: Readonly<Record<string, unknown>>;
  /** What the weights are, in their order. */
  readonly specs: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: 'float32' }[];
  readonly weights: Uint8Array;
}

/** Layers as TensorFlow.js keeps a Sequential that takes rows of `input` numbers, without TensorFlow.js. */
export function kerasModel(name: string, input: number, layers: readonly KerasLayer[]): KerasModel {
  const first = { name: `${name}_input`, batch_input_shape: [null, input], dtype: 'float32', sparse: false };
  const all = layers.map(({ className, config }) => ({ class_name: className, config: snakeCased(config) }));
  const tensors = layers.flatMap(({ config, weights }) =>
    weights.map(({ name, tensor }) => ({ name: `${config.name}/${name}`, tensor })),
  );
  return {
    json: {
      format: 'layers-model',
      generatedBy: 'kantorovich',
      convertedBy: null,
      modelTopology: {
        class_name: 'Sequential',
        config: { name, layers: [{ class_name: 'InputLayer', config: first }, ...all] },
        keras_version: 'tfjs-layers 4.22.0',
        backend: 'tensor_flow.js',
      },
    },
    specs: tensors.map(({ name, tensor: { shape } }) => ({ name, shape, dtype: 'float32' as const })),
    weights: joinedBytes(
      tensors.map(({ tensor: { data } }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    ),
  };
}

/** Keras's own way of writing names, which TensorFlow.js's files have. */
function snakeCased(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [snake(name), value]));
}

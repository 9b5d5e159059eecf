import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { type KerasClass, kerasLayers } from '../../data/keras-layers.js';
import { type EncoderSource, encoderChain } from '../../training/encoder-chain.js';
import type { Side } from '../../wasm/trainer.js';
import { GroupSort } from './group-sort.js';
import type { Layer } from './layer-path.js';
import { Standardise } from './standardise-layer.js';

/**
 * One encoder of a native model as a LayersModel with the same outputs, its constraint applied: from the same rows, n x
 * numbers, to the same embeddings. It is a Sequential of standard layers, and of `GroupSort` and `Standardise` where the
 * model has maxmin, groupsort or standardised inputs; images are channels last inside. Its weights are copies.
 *
 * @throws {ShapeError} on a side that is neither x nor y
 * @throws {OptionsError} on what is no native model
 */
export function toLayersModel(model: EncoderSource, side: Side): LayersModel {
  const chain = encoderChain(model, side);
  const made = sequential({ name: `encoder_${side}` });
  made.add(layers.inputLayer({ inputShape: [...chain.input] }));
  for (const { className, config, weights } of kerasLayers(chain, side)) {
    const layer = MAKERS[className](config as never);
    made.add(layer);
    tidy(() => layer.setWeights(weights.map(({ tensor: { data, shape } }): Tensor => tensor(data, [...shape]))));
  }
  return made;
}

/** What each class's constructor takes is what {@link kerasLayers} says. */
const MAKERS: Readonly<Record<KerasClass, (config: never) => Layer>> = {
  Conv2D: layers.conv2d,
  Dense: layers.dense,
  Flatten: layers.flatten,
  GroupSort: (config) => new GroupSort(config),
  LeakyReLU: layers.leakyReLU,
  Permute: layers.permute,
  ReLU: layers.reLU,
  Reshape: layers.reshape,
  Standardise: (config) => new Standardise(config),
  ZeroPadding2D: layers.zeroPadding2d,
};

import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { aroundCalls } from '../around-calls.js';
import { innerLayers, type Layer } from '../inner-layers.js';

/** Runs a model in a training step; batch normalisation that is frozen runs as in inference, as in Keras since 2.1.3. */
export function applyInTraining(model: LayersModel, frozen: readonly Layer[], input: Tensor): Tensor {
  const inInference = (call: Layer['call']): Layer['call'] => {
    return (inputs, kwargs) => call(inputs, { ...kwargs, training: false });
  };
  return aroundCalls(frozen, inInference, () => model.apply(input, { training: true }) as Tensor);
}

/** The batch normalisations of a model that are frozen: themselves, by what they stand in, or weight by weight. */
export function frozenNormalisation(model: LayersModel): readonly Layer[] {
  const found = new Set<Layer>();
  const visit = (layer: Layer, isWithinFrozen: boolean): void => {
    const isFrozen = isWithinFrozen || !layer.trainable || hasFrozenWeights(layer);
    if (isFrozen && layer.getClassName() === 'BatchNormalization') found.add(layer);
    for (const inner of innerLayers(layer)) visit(inner, isWithinFrozen || !layer.trainable);
  };
  for (const layer of model.layers) visit(layer, !model.trainable);
  return [...found];
}

/** A model that is frozen freezes the weights of its layers, and leaves the layers' `trainable` as it was. */
function hasFrozenWeights({ weights, trainableWeights, nonTrainableWeights }: Layer): boolean {
  // Its averages are never trained.
  return weights.length > 2 && trainableWeights.length === 0 && nonTrainableWeights.length === weights.length;
}

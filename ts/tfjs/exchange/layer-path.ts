import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { OptionsError } from '../../wasm/errors.js';
import { checkLayersModel, isLayersModel } from '../check-layers-model.js';

/** A layer of a LayersModel. */
export type Layer = LayersModel['layers'][number];

/** What every layer is told. */
export type LayerArgs = ConstructorParameters<typeof layers.Layer>[0];

/** A layer where it stands in a model, which may use it elsewhere too. */
export interface PlacedLayer {
  readonly layer: Layer;
  readonly node: Layer['inboundNodes'][number];
}

/**
 * The layers of a model from its input to its output, nested models' among them.
 *
 * @throws {OptionsError} on what is no model, and on a model that is no chain, naming the layer where it branches
 */
export function layerPath(model: LayersModel): readonly PlacedLayer[] {
  checkLayersModel(model, 'model');
  const [input, ...otherInputs] = model.inputs;
  const [output, ...otherOutputs] = model.outputs;
  if (input === undefined || output === undefined) {
    throw new OptionsError(`${model.name} is not built: give its first layer an inputShape`);
  }
  if (otherInputs.length + otherOutputs.length > 0) {
    throw new OptionsError(
      `${model.name} has ${model.inputs.length} inputs and ${model.outputs.length} outputs: expected one of each`,
    );
  }
  const path: PlacedLayer[] = [];
  for (let tensor = output; tensor.id !== input.id; ) {
    const { sourceLayer, nodeIndex } = tensor;
    const node = sourceLayer.inboundNodes[nodeIndex];
    const { inputTensors } = node;
    if (inputTensors.length !== 1) {
      throw new OptionsError(
        `${layerName(sourceLayer)} takes ${inputTensors.length} inputs: expected a chain of layers that take one each`,
      );
    }
    path.unshift(...(isLayersModel(sourceLayer) ? layerPath(sourceLayer) : [{ layer: sourceLayer, node }]));
    tensor = inputTensors[0];
  }
  return path;
}

/** A layer as errors name it. */
export function layerName(layer: Layer): string {
  return `layer ${layer.name} (${layer.getClassName()})`;
}

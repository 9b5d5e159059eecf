import type { LayersModel } from '@tensorflow/tfjs-layers';
import { OptionsError } from '../../wasm/errors.js';

/** A layer of a LayersModel. */
export type Layer = LayersModel['layers'][number];

/** A layer where it stands in a model, which may use it elsewhere too. */
export interface PlacedLayer {
  readonly layer: Layer;
  readonly node: Layer['inboundNodes'][number];
}

/**
 * The layers of a model from its input to its output, nested models' among them.
 *
 * @throws {OptionsError} on a model that is no chain, naming the layer where it branches
 */
export function layerPath(model: LayersModel): readonly PlacedLayer[] {
  const [input, ...otherInputs] = model.inputs;
  const [output, ...otherOutputs] = model.outputs;
  if (input === undefined || output === undefined || otherInputs.length + otherOutputs.length > 0) {
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
    path.unshift(...(isModel(sourceLayer) ? layerPath(sourceLayer) : [{ layer: sourceLayer, node }]));
    tensor = inputTensors[0];
  }
  return path;
}

/** A layer as errors name it. */
export function layerName(layer: Layer): string {
  return `layer ${layer.name} (${layer.getClassName()})`;
}

/** Known by its structure: it may be another copy of tfjs's. */
function isModel(layer: Layer): layer is LayersModel {
  return 'layers' in layer && 'inputs' in layer && 'outputs' in layer;
}

import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ChainStep, ChainTensor, LayerChain } from '../../encoders/layer-chain.js';
import { OptionsError } from '../../wasm/errors.js';
import { arrangedSteps, stepsFromPlanes } from './arranged-steps.js';
import { layerName, layerPath, type PlacedLayer } from './layer-path.js';
import { copiedWeights, copiedWeightsSync, readLayer } from './layer-reading.js';
import { LAYER_STEPS } from './layer-steps.js';

/**
 * A LayersModel as steps, from samples of its input's shape to rows; dropout and noise, which only training has, are left
 * out.
 *
 * @param planes whether samples are rows that hold the planes of the images that the model takes, channels last
 * @throws {OptionsError} on a model that is no chain, and on a layer that cannot be exchanged, naming it
 * @throws {DataError} on weights that are not finite
 */
export async function layersChain(model: LayersModel, { planes = false } = {}): Promise<LayerChain> {
  const path = layerPath(model);
  return chainOf(model, path, await Promise.all(path.map(copiedWeights)), planes);
}

/** {@link layersChain} at once, for which a GPU is waited for. */
export function layersChainSync(model: LayersModel): LayerChain {
  const path = layerPath(model);
  return chainOf(model, path, path.map(copiedWeightsSync), false);
}

function chainOf(
  model: LayersModel,
  path: readonly PlacedLayer[],
  weights: readonly (readonly ChainTensor[])[],
  planes: boolean,
): LayerChain {
  const given = path.map((placed, at): readonly ChainStep[] => {
    const { layer } = placed;
    const name = layer.getClassName();
    if (!Object.hasOwn(LAYER_STEPS, name)) {
      const possible = Object.keys(LAYER_STEPS).join(', ');
      throw new OptionsError(`${layerName(layer)} cannot be exchanged: expected layers of ${possible}`);
    }
    const reading = readLayer(placed, weights[at]);
    return LAYER_STEPS[name](reading).map((step) => ({ ...step, from: reading.from }) as ChainStep);
  });
  const [, ...input] = model.inputs[0].shape;
  if (!input.every((size) => typeof size === 'number')) {
    throw new OptionsError(
      `${model.name} takes samples of [${input.map((size) => size ?? 'any').join(', ')}]: expected fixed sizes`,
    );
  }
  const [, ...output] = model.outputs[0].shape;
  const [width] = output;
  if (output.length !== 1 || width === null) {
    throw new OptionsError(
      `${model.name} gives samples of [${output.join(', ')}]: expected embeddings, rows of numbers`,
    );
  }
  if (!planes) return { input, output: width, steps: arrangedSteps(input, given.flat()) };
  const row = input.reduce((product, size) => product * size, 1);
  return { input: [row], output: width, steps: stepsFromPlanes(input, given.flat()) };
}

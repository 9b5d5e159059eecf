import type { LayersModel } from '@tensorflow/tfjs-layers';
import { chainSafetensors } from '../../data/chain-safetensors.js';
import { chainOnnx } from '../../data/onnx/chain-onnx.js';
import { checkOptions } from '../../wasm/check-options.js';
import { VERSION } from '../../wasm/version.js';
import { layersChain } from './layers-chain.js';

/** What an exported file says of its model, beside this library's version. */
export interface ExportLayersOptions {
  /** Such as the objective and the critic that it was trained with. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A LayersModel in ONNX: `samples` (n x the model's input, float32) to `embeddings` (n x d), the outputs of `predict`.
 *
 * @throws {OptionsError} on a model that is no chain of layers, and on a layer that cannot be exchanged, naming it
 * @throws {DataError} on weights that are not finite
 */
export async function layersToONNX(model: LayersModel, options: ExportLayersOptions = {}): Promise<Uint8Array> {
  const metadata = metadataOf(options, 'layersToONNX');
  return chainOnnx(await layersChain(model), { name: model.name, input: 'samples', output: 'embeddings', metadata });
}

/**
 * A LayersModel as safetensors with PyTorch's names and shapes: layers with weights are counted (`0.weight`, `0.bias`,
 * ...), a dense layer's weight is [out, in], a convolution's [out, in, height, width], and dense layers over flattened
 * images take PyTorch's order. docs/tfjs.md has the PyTorch module that loads it.
 *
 * @throws {OptionsError} on a model that is no chain of layers, and on a layer that cannot be exchanged, naming it
 * @throws {DataError} on weights that are not finite
 */
export async function layersToSafetensors(model: LayersModel, options: ExportLayersOptions = {}): Promise<Uint8Array> {
  return chainSafetensors(await layersChain(model), metadataOf(options, 'layersToSafetensors'));
}

function metadataOf(options: ExportLayersOptions, what: string): Readonly<Record<string, string>> {
  checkOptions<ExportLayersOptions>(options, { metadata: true }, what);
  return { ...options.metadata, version: VERSION };
}

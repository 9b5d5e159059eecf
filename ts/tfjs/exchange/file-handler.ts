import { dirname, join } from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { checkModelJsonPath, writeModelJsonFile } from '../../data/model-json-file.js';
import { readBytes } from '../../data/read-bytes.js';
import { CheckpointError, KantorovichError } from '../../wasm/errors.js';
import { readModelJson } from './model-json.js';

/** Reads and writes a model.json with its weights, in Node. */
export interface FileHandler extends io.IOHandler {
  /**
   * Writes the weights beside the model.json, named after their content, then the model.json, then removes the weights
   * of the model that was there: a process that is killed leaves the old model or the new one, whole. A
   * missing folder is made.
   *
   * @throws {FileError} where the folder cannot be made or is read-only, or the disk is full
   */
  save(artifacts: io.ModelArtifacts): Promise<io.SaveResult>;
  /**
   * @throws {FileError} where the model.json or a file of weights cannot be read
   * @throws {CheckpointError} on what is no LayersModel, and on weights that are truncated
   */
  load(): Promise<io.ModelArtifacts>;
}

/**
 * What `model.save` writes to and `tf.loadLayersModel` reads from, for TensorFlow.js in Node without tfjs-node, which has
 * no `file://`. In pages there are tf.io's own: `indexeddb://`, `downloads://`, and addresses.
 *
 * @param path a model.json, of any name that ends in .json; its weights lie beside it
 * @throws {OptionsError} on another name
 */
export function fileHandler(path: string): FileHandler {
  checkModelJsonPath(path);
  return { save: (artifacts) => save(path, artifacts), load: () => load(path) };
}

/**
 * The LayersModel in a model.json.
 *
 * @throws {OptionsError} on a path that does not end in .json
 * @throws {FileError} where the model.json or a file of weights cannot be read
 * @throws {CheckpointError} on what is no LayersModel, has layers of a class that is not registered, or weights that do
 * not fit
 */
export async function readLayersModel(path: string): Promise<LayersModel> {
  const handler = fileHandler(path);
  try {
    return await loadLayersModel(handler);
  } catch (error) {
    if (error instanceof KantorovichError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(`${path}: TensorFlow.js cannot make a model of it: ${reason}`, { cause: error });
  }
}

async function load(path: string): Promise<io.ModelArtifacts> {
  const text = new TextDecoder().decode(await readBytes(path));
  try {
    return await readModelJson(text, (shard) => readBytes(join(dirname(path), shard)));
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new CheckpointError(`${path}: ${error.message}`, { cause: error });
  }
}

async function save(path: string, artifacts: io.ModelArtifacts): Promise<io.SaveResult> {
  const { modelTopology, weightData, weightSpecs = [], getWeightStream: _, ...rest } = artifacts;
  const weights = new Uint8Array(io.CompositeArrayBuffer.join(weightData));
  await writeModelJsonFile(path, { modelTopology, ...rest }, weightSpecs, weights);
  return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
}

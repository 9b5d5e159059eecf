import { io } from '@tensorflow/tfjs-core';
import { joinedBytes } from '../../data/joined-bytes.js';
import { CheckpointError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';

type Group = io.WeightsManifestConfig[number];
type Entry = Group['weights'][number];

/** Bytes of an element as it is stored; texts and complex numbers are no weights of layers. */
const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/**
 * The model that a model.json of TensorFlow.js describes.
 *
 * @param text the model.json
 * @param shard reads one of the files of weights that it names, relative to its own folder
 * @throws {CheckpointError} on what is no LayersModel, on weights that are missing, too short or too long
 */
export async function readModelJson(
  text: string,
  shard: (path: string) => Promise<Uint8Array>,
): Promise<io.ModelArtifacts> {
  const json = parsed(text);
  return io.getModelArtifactsForJSON(json, async (manifest) => {
    const groups = await Promise.all(manifest.map((group) => groupBytes(group, shard)));
    return [io.getWeightSpecs(manifest), new Uint8Array(joinedBytes(groups)).buffer];
  });
}

function parsed(text: string): io.ModelJSON {
  const json = parsedJson(text);
  if (!isObject(json) || !isObject(json.modelTopology)) {
    throw new CheckpointError('expected a model.json of TensorFlow.js, found JSON without a modelTopology');
  }
  if (json.format === 'graph-model' || 'node' in json.modelTopology) {
    throw new CheckpointError(
      'expected a layers-model, found a graph-model, which cannot be trained: convert the Keras model with --output_format tfjs_layers_model',
    );
  }
  const { weightsManifest } = json;
  if (!Array.isArray(weightsManifest) || !weightsManifest.every(isGroup)) {
    throw new CheckpointError('expected a weightsManifest of paths and weights, each with a name, a shape and a dtype');
  }
  return { ...json, modelTopology: json.modelTopology, weightsManifest };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(`the model.json is no JSON: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

async function groupBytes({ paths, weights }: Group, shard: (path: string) => Promise<Uint8Array>) {
  const bytes = joinedBytes(await Promise.all(paths.map((path) => shard(checkedPath(path)))));
  const needed = weights.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (bytes.length === needed) return bytes;
  const last = weights.at(-1)?.name ?? 'none';
  throw new CheckpointError(
    `the weights up to ${last} are ${needed} bytes, ${paths.join(' and ')} ${paths.length === 1 ? 'has' : 'have'} ${bytes.length}: the file is truncated, or another model's`,
  );
}

function bytesOf({ name, shape, dtype, quantization }: Entry): number {
  const stored = quantization?.dtype ?? dtype;
  const size = BYTES[stored];
  if (size !== undefined) return shape.reduce((product, side) => product * side, size);
  throw new CheckpointError(`weight ${name} is ${stored}, expected one of ${Object.keys(BYTES).join(', ')}`);
}

/** A file that comes from elsewhere names only files beside it, or below. */
function checkedPath(path: string): string {
  const isOutside = path.startsWith('/') || /^[a-z]:|\\|\0/i.test(path) || path.split('/').includes('..');
  if (!isOutside && path !== '') return path;
  throw new CheckpointError(`expected weights in the folder of the model.json, found the path ${shown(path)}`);
}

function isGroup(value: unknown): value is Group {
  return (
    isObject(value) &&
    Array.isArray(value.paths) &&
    value.paths.every((path) => typeof path === 'string') &&
    Array.isArray(value.weights) &&
    value.weights.every(isEntry)
  );
}

function isEntry(value: unknown): value is Entry {
  return (
    isObject(value) &&
    typeof value.name === 'string' &&
    typeof value.dtype === 'string' &&
    Array.isArray(value.shape) &&
    value.shape.every((side) => Number.isSafeInteger(side) && side >= 0) &&
    (value.quantization === undefined || isObject(value.quantization))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

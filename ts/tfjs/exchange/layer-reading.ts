import type { ChainStep, ChainTensor } from '../../encoders/layer-chain.js';
import { DataError, OptionsError } from '../../wasm/errors.js';
import { shownKind } from '../../wasm/shown.js';
import { layerName, type PlacedLayer } from './layer-path.js';

/** A step without the layer that it is of. */
export type LayerStep = ChainStep extends infer Step ? (Step extends ChainStep ? Omit<Step, 'from'> : never) : never;

/** A layer as it is read: what it was told, what it learnt, and what it is given. */
export interface LayerReading {
  /** As errors name it. */
  readonly from: string;
  /** A field of its configuration. */
  config(name: string): unknown;
  /** Two numbers of its configuration, of which one may stand for both. */
  pair(name: string): readonly [number, number];
  readonly weights: readonly ChainTensor[];
  /** A sample's shape. */
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/**
 * Reads a layer, with the weights that {@link copiedWeights} gave.
 *
 * @throws {DataError} on weights that are not finite
 * @throws {OptionsError} on a layer whose input may have any size
 */
export function readLayer({ layer, node }: PlacedLayer, weights: readonly ChainTensor[]): LayerReading {
  const from = layerName(layer);
  const fields: Readonly<Record<string, unknown>> = layer.getConfig();
  return {
    from,
    config: (name) => fields[name],
    pair: (name) => pairOf(fields[name], `${from}: ${name}`),
    weights: weights.map((weight, at) => finite(weight, from, layer.weights[at].name)),
    input: sampleShape(node.inputShapes[0], from),
    output: sampleShape(node.outputShapes, from),
  };
}

/** Copies of a layer's weights, which a GPU is not waited for to give. */
export function copiedWeights({ layer }: PlacedLayer): Promise<readonly ChainTensor[]> {
  const copies = layer.weights.map(async (weight): Promise<ChainTensor> => {
    const value = weight.read();
    return { shape: value.shape, data: Float32Array.from(await value.data()) };
  });
  return Promise.all(copies);
}

/** The same at once. */
export function copiedWeightsSync({ layer }: PlacedLayer): readonly ChainTensor[] {
  return layer.weights.map((weight) => {
    const value = weight.read();
    return { shape: value.shape, data: Float32Array.from(value.dataSync()) };
  });
}

function finite(tensor: ChainTensor, from: string, name: string): ChainTensor {
  const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return tensor;
  throw new DataError(`${from}: number ${bad} of its weight ${name} is ${tensor.data[bad]}`);
}

function sampleShape(given: unknown, from: string): readonly number[] {
  const shape: readonly unknown[] = Array.isArray(given) ? (Array.isArray(given[0]) ? given[0] : given) : [];
  const [, ...sample] = shape;
  if (sample.length > 0 && sample.every((size) => typeof size === 'number')) return sample as readonly number[];
  const sizes = sample.map((size) => size ?? 'any').join(', ');
  throw new OptionsError(
    `${from} takes or gives samples of [${sizes}]: expected fixed sizes, so give inputShape numbers`,
  );
}

function pairOf(value: unknown, what: string): readonly [number, number] {
  const [first, second = first] = Array.isArray(value) ? value : [value];
  if (typeof first === 'number' && typeof second === 'number') return [first, second];
  throw new OptionsError(`${what} must be two numbers, got ${shownKind(value)}`);
}

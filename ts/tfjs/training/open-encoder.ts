import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { OptionsError, ShapeError, StateError } from '../../wasm/errors.js';
import type { Side } from '../../wasm/trainer.js';
import type { TfjsEncoder } from '../../wasm/trainer-spec.js';
import { isLayersModel } from '../check-layers-model.js';
import { isContainer, type Layer, layersWithin } from '../inner-layers.js';
import type { PenalisedEncoder } from '../lipschitz/gradient-penalty.js';
import type { KernelGeometry } from '../lipschitz/kernel-geometry.js';
import { canonicalNames } from './canonical-names.js';
import type { Encoder, FunctionEncoder } from './encoder.js';
import { applyInTraining, frozenNormalisation } from './frozen-normalisation.js';
import { type InputRows, type Taken, toInput } from './input-rows.js';
import { withInputTypes } from './input-types.js';
import { kernelGeometries } from './kernel-geometries.js';

/** A layer's own constraint; ours take a second argument, which others don't read. */
export interface LayerConstraint {
  /** A new tensor within the constraint; with `isStrict` certified. */
  apply(weight: Tensor, isStrict?: boolean): Tensor;
}

/** A tensor of an encoder. */
export interface Weight {
  /** Its own within the encoder, such as `dense_Dense1.kernel`. */
  readonly name: string;
  readonly variable: Variable;
  /** As files have it: the variable's own, but for a learnt temperature, [1] there. */
  readonly shape: readonly number[];
  readonly isTrained: boolean;
  /** What its layer holds it to after a step; null for nothing. */
  readonly constraint: LayerConstraint | null;
  /** How its layer takes patches, where it is the kernel of a dense layer or a convolution; else null. */
  readonly geometry: KernelGeometry | null;
}

/** An encoder as a trainer uses it. */
export interface OpenEncoder {
  readonly spec: TfjsEncoder;
  /** Numbers of a row, and of its embedding. */
  readonly widths: readonly [input: number, output: number];
  readonly weights: readonly Weight[];
  /** Rows as it takes them; for use in `tidy`. */
  input(rows: Tensor2D): Tensor;
  /** Embeddings of such rows; for use in `tidy`. */
  embed(input: Tensor, training: boolean): Tensor2D;
  /** What penalties differentiate. */
  readonly penalised: PenalisedEncoder;
  /** Null for a function of tensors. */
  readonly model: LayersModel | null;
  /** Its plain layers and all that they are made of, each once. */
  readonly layers: readonly Layer[];
}

/** The rows that a side's encoder is given. */
export interface SideRows {
  readonly side: Side;
  /** Numbers of a row. */
  readonly size: number;
  /** How they become what an encoder takes. */
  read(takes: Taken): InputRows;
}

/**
 * An encoder with all that a run must know of it.
 *
 * @throws {ShapeError} where it takes other rows, or embeds in more than one axis
 * @throws {OptionsError} on a model of several inputs or outputs, a stateful layer, or weights that are no float32
 */
export function openEncoder(encoder: Encoder, rows: SideRows): OpenEncoder {
  const opened = isLayersModel(encoder) ? openLayersModel(encoder, rows) : openFunction(encoder, rows);
  for (const { name, variable } of opened.weights) {
    if (variable.isDisposed) throw new StateError(`${name} of the encoder of ${rows.side} was disposed of`);
    if (variable.dtype !== 'float32') {
      throw new OptionsError(`${name} of the encoder of ${rows.side} is ${variable.dtype}, expected float32`);
    }
  }
  return opened;
}

function openLayersModel(model: LayersModel, { side, size, read: readAs }: SideRows): OpenEncoder {
  const [input, output] = [onlyShape(model.inputs, side, 'input'), onlyShape(model.outputs, side, 'output')];
  const [outputDim] = output;
  if (output.length !== 1 || typeof outputDim !== 'number') {
    const shown = output.map((length) => length ?? 'any').join(', ');
    throw new ShapeError(`the encoder of ${side} gives [${shown}] a row, expected one number: end it in a flat layer`);
  }
  const layers = layersWithin(model.layers).filter((layer) => !isContainer(layer));
  const read = readAs({ shape: input, isChannelsFirst: isChannelsFirst(layers) });
  refuseStateful(layers, side);
  const frozen = frozenNormalisation(model);
  const text = JSON.stringify(withInputTypes(model.toJSON(null, false)));
  const rename = canonicalNames(JSON.parse(text));
  return {
    spec: { topology: JSON.parse(rename(text)), inputShape: read.inputShape, planes: read.planes },
    widths: [size, outputDim],
    weights: layerWeights(model, rename),
    input: (rows) => toInput(rows, read),
    embed: (input, training) =>
      (training ? applyInTraining(model, frozen, input) : model.apply(input, { training })) as Tensor2D,
    penalised: model,
    model,
    layers,
  };
}

function refuseStateful(layers: readonly Layer[], side: Side): void {
  const stateful = layers.find((layer) => layer.stateful);
  if (stateful === undefined) return;
  throw new OptionsError(
    `${stateful.name} of the encoder of ${side} is stateful, and would go on from one batch to the next: rows stand each by itself, make it with stateful: false`,
  );
}

/** As the first layer says that cares; TensorFlow.js has channels last. */
function isChannelsFirst(layers: readonly Layer[]): boolean {
  const formats = layers.map((layer) => layer.getConfig().dataFormat);
  return formats.find((format) => format !== undefined && format !== null) === 'channelsFirst';
}

function onlyShape(
  tensors: LayersModel['inputs'] | undefined,
  side: Side,
  what: 'input' | 'output',
): readonly (number | null)[] {
  const [only, ...others] = tensors ?? [];
  if (only === undefined) {
    throw new OptionsError(`the encoder of ${side} is not built: give its first layer an inputShape`);
  }
  if (others.length > 0) {
    throw new OptionsError(`the encoder of ${side} has ${others.length + 1} ${what}s, expected one`);
  }
  return only.shape.slice(1);
}

function layerWeights(model: LayersModel, rename: (text: string) => string): readonly Weight[] {
  const trained = new Set(model.trainableWeights);
  const geometries = kernelGeometries(model.layers);
  const taken = new Map<string, number>();
  return model.weights.map((weight: LayerVariable) => {
    const base = rename(weight.originalName).replaceAll('/', '.');
    const count = (taken.get(base) ?? 0) + 1;
    taken.set(base, count);
    const name = count === 1 ? base : `${base}_${count}`;
    const variable = heldBy(weight);
    const geometry = geometries.get(weight) ?? null;
    const { shape } = variable;
    return { name, variable, shape, isTrained: trained.has(weight), constraint: weight.constraint, geometry };
  });
}

function heldBy(weight: LayerVariable): Variable {
  try {
    return weight.read() as Variable;
  } catch (error) {
    throw new StateError(`the encoder was disposed of: it has no ${weight.originalName} any more`, { cause: error });
  }
}

function openFunction(encoder: FunctionEncoder, { side, size, read: readAs }: SideRows): OpenEncoder {
  const { variables, outputDim, inputShape = [size] } = encoder;
  const read = readAs({ shape: inputShape, isChannelsFirst: false });
  const embed = (input: Tensor, training: boolean): Tensor2D => {
    const embeddings = encoder.apply(input, { training });
    const expected = [input.shape[0], outputDim];
    if (`${embeddings.shape}` === `${expected}`) return embeddings;
    throw new ShapeError(
      `the encoder of ${side} gave a tensor of [${embeddings.shape}], expected [${expected}]: a row an input, outputDim wide`,
    );
  };
  return {
    spec: { topology: null, inputShape: read.inputShape, planes: read.planes },
    widths: [size, outputDim],
    weights: variables.map((variable, at) => ({
      name: `${at}`,
      variable,
      shape: variable.shape,
      isTrained: variable.trainable,
      constraint: null,
      geometry: variable.rank >= 2 ? {} : null,
    })),
    input: (rows) => toInput(rows, read),
    embed,
    penalised: (input) => embed(input, false),
    model: null,
    layers: [],
  };
}

import type { LayersModel } from '@tensorflow/tfjs-layers';
import { arrayPairs } from '../../data/array-pairs.js';
import { checkSource, type PairSource, START } from '../../data/pair-source.js';
import type { PairStandardiser, Standardiser } from '../../data/standardise.js';
import type { Activation } from '../../encoders/encoder.js';
import { writeCheckpoint } from '../../training/checkpoint.js';
import { PATIENT } from '../../training/early-stopping.js';
import { type FitOptions, type RunOptions, trainerSpec } from '../../training/fit-options.js';
import { createModel, type Model } from '../../training/model.js';
import { checkObject, checkOptions } from '../../wasm/check-options.js';
import type { CoreOptions } from '../../wasm/core.js';
import { OptionsError, ShapeError } from '../../wasm/errors.js';
import { matrix } from '../../wasm/matrix.js';
import { createTrainer, type Side } from '../../wasm/trainer.js';
import type { NamedTensor } from '../../wasm/trainer-tensors.js';
import { isLayersModel } from '../check-layers-model.js';
import { type Encoder, encodersOf } from '../training/encoder.js';
import { inputRows } from '../training/input-rows.js';
import { layersChain } from './layers-chain.js';
import { type NativeEncoder, nativeEncoder } from './native-encoder.js';

/** The encoders of x and of y, or one that both share. */
export type LayersModels = LayersModel | Readonly<Record<Side, LayersModel>>;

/** What a native model needs beside its encoders. */
export interface FromLayersModelOptions
  extends CoreOptions,
    Pick<RunOptions, 'objective' | 'critic' | 'batch' | 'seed'> {}

/**
 * LayersModels as a native model with the same embeddings, from the same numbers in rows: images are flattened, channels
 * last. Models are chains of Dense and Conv2D (and ZeroPadding2D, or "same" where that pads all sides alike) with one
 * activation (relu, leaky ReLU of slope 0.01, GroupSort) after each but the last layer, which is a Dense; Reshape,
 * Flatten and dropout may stand between them, a BatchNormalization after a layer becomes part of it, and
 * {@link Standardise} or Rescaling may come first. A critic with weights of its own is drawn from the seed.
 *
 * @throws {OptionsError} on a layer that native encoders have not, naming it and what is possible
 * @throws {ShapeError} where the encoders do not fit each other or the critic
 * @throws {DataError} on weights that are not finite
 */
export async function fromLayersModel(models: LayersModels, options: FromLayersModelOptions = {}): Promise<Model> {
  const known = { objective: true, critic: true, batch: true, seed: true, deterministic: true } as const;
  checkOptions<FromLayersModelOptions>(options, known, 'fromLayersModel');
  const encoders = await nativeEncoders(models);
  const widths = (side: Side) => encoders[side].widths[0] ?? 0;
  const row = (width: number) => matrix(new Float32Array(width), 1, width);
  const pairs = arrayPairs({ x: row(widths('x')), y: row(widths('y')) });
  const spec = trainerSpec({ ...options, pairs, lipschitz: 'none', ...encoderOptions(encoders) });
  const trainer = createTrainer(spec, options);
  try {
    const parameters = replaced(trainer.tensors('export'), encoders);
    return createModel(spec, parameters, standardiserOf(encoders), options);
  } finally {
    trainer.dispose();
  }
}

/**
 * The options of a native `fit` that begins with the weights of LayersModels: those given, with the encoders' layers, and
 * a checkpoint from before the first step to `resume` from. Rows are read as `fit` of `kantorovich/tfjs` reads them: those
 * that `pairs` says hold planes, for a model that takes images channels last, as planes, else as they lie.
 *
 * @throws as {@link fromLayersModel}, OptionsError on options that the models settle, and ShapeError on rows that the
 * models do not take
 */
export async function fitOptionsFrom(models: LayersModels, options: FitOptions): Promise<FitOptions> {
  checkObject(options, 'fitOptionsFrom');
  for (const settled of ['encoder', 'imageShape', 'activation', 'bias', 'shared', 'standardise', 'resume'] as const) {
    if (options[settled] !== undefined) {
      throw new OptionsError(`${settled} is settled by the models that a run begins with: leave it out`);
    }
  }
  checkSource(options.pairs, 'pairs');
  const encoders = await nativeEncoders(models, (side, model) => arePlanes(side, model, options.pairs));
  const standardiser = standardiserOf(encoders);
  const own: FitOptions = { ...options, ...encoderOptions(encoders), standardise: standardiser !== null };
  const spec = trainerSpec(own);
  const trainer = createTrainer(spec, options);
  try {
    trainer.restore(replaced(trainer.tensors('state'), encoders), trainer.counters());
    const resume = writeCheckpoint(spec, trainer, standardiser, { cursor: START, patience: PATIENT, best: null });
    return { ...own, resume };
  } finally {
    trainer.dispose();
  }
}

/** Both sides' encoders; those of one model are one object. */
type Encoders = Readonly<Record<Side, NativeEncoder>>;

/** Whether a side's rows hold planes of the images that its model takes, channels last. */
type RowsOf = (side: Side, model: LayersModel) => boolean;

async function nativeEncoders(models: LayersModels, rowsOf: RowsOf = () => false): Promise<Encoders> {
  const { x, y } = encodersOf(models);
  const [ofX, ofY] = [checkedModel(x, 'x'), checkedModel(y, 'y')];
  const planes = { x: rowsOf('x', ofX), y: rowsOf('y', ofY) };
  if (x === y && planes.x !== planes.y) {
    throw new ShapeError(
      'one model for both sides needs rows of one kind: those of x and y hold images in another order',
    );
  }
  const native = async (model: LayersModel, side: Side) =>
    nativeEncoder(await layersChain(model, { planes: planes[side] }));
  const made = await native(ofX, 'x');
  return { x: made, y: x === y ? made : await native(ofY, 'y') };
}

function checkedModel(encoder: Encoder, side: Side): LayersModel {
  if (isLayersModel(encoder)) return encoder;
  throw new OptionsError(`the encoder of ${side} is a function of tensors: only LayersModels can be exchanged`);
}

/** As a run of TensorFlow.js reads the same rows. */
function arePlanes(side: Side, model: LayersModel, pairs: PairSource): boolean {
  const [size, image] = side === 'x' ? [pairs.xDim, pairs.xShape] : [pairs.yDim, pairs.yShape];
  const takes = { shape: model.inputs[0].shape.slice(1), isChannelsFirst: false };
  return inputRows(side, size, takes, image).planes;
}

/** The encoders as `fit` is told of them. */
function encoderOptions({ x, y }: Encoders): Partial<FitOptions> {
  const image = x.convolutions?.image ?? y.convolutions?.image;
  return {
    encoder: { x: described(x), y: described(y) },
    // The image of a side without convolutions is not looked at.
    ...(image && { imageShape: { x: x.convolutions?.image ?? image, y: y.convolutions?.image ?? image } }),
    activation: activationOf(x, y),
    bias: hasBias({ x, y }),
    shared: x === y,
  };
}

function described({ convolutions, widths }: NativeEncoder): string {
  const layers = convolutions?.layers ?? [];
  return [
    ...layers.map(({ channels, kernel, stride, padding }) => `c${channels}k${kernel}s${stride}p${padding}`),
    ...widths.slice(1),
  ].join('-');
}

function activationOf(x: NativeEncoder, y: NativeEncoder): Activation {
  if (x.activation !== null && y.activation !== null && x.activation !== y.activation) {
    throw new OptionsError(
      `the encoder of x has ${x.activation} and that of y ${y.activation}: expected one activation`,
    );
  }
  return x.activation ?? y.activation ?? 'relu';
}

/** Where any layer has a bias all have one in the core, of zeros where there was none. */
function hasBias({ x, y }: Encoders): boolean {
  return [...x.layers, ...y.layers].some(({ bias }) => bias !== null);
}

/** The inputs' standardisation; that of a side without one changes nothing. */
function standardiserOf({ x, y }: Encoders): PairStandardiser | null {
  if (x.standardiser === null && y.standardiser === null) return null;
  const none = ({ widths: [width = 0] }: NativeEncoder): Standardiser => ({
    mean: new Float32Array(width),
    scale: new Float32Array(width).fill(1),
  });
  return { x: x.standardiser ?? none(x), y: y.standardiser ?? none(y) };
}

const ENCODER_TENSOR = /^encoder\.(?:([xy])\.)?(\d+)\.(weight|bias)$/;

/** A trainer's tensors with the encoders' in place of those that it drew. */
function replaced(tensors: readonly NamedTensor[], encoders: Encoders): readonly NamedTensor[] {
  return tensors.map((tensor) => {
    const [, side, layer, part] = ENCODER_TENSOR.exec(tensor.name) ?? [];
    if (layer === undefined) return tensor;
    const { weight, bias } = encoders[side === 'y' ? 'y' : 'x'].layers[Number(layer)];
    const given = part === 'weight' ? weight : bias;
    return { ...tensor, data: given?.data ?? new Float32Array(tensor.data.length) };
  });
}

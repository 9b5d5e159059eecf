import { OptionsError, ShapeError } from '../wasm/errors.js';
import { shownKind } from '../wasm/shown.js';
import type { ConvolutionSpec } from '../wasm/trainer-spec.js';

export type { ConvolutionSpec } from '../wasm/trainer-spec.js';

/**
 * What follows every hidden layer. `maxmin` and `groupsort` sort channels that neighbour each other by two and by four,
 * the largest first (Anil, Lucas and Grosse 2019), so that gradients keep their norm; hidden widths, and the channels of
 * convolutions, must be multiples of 2 or 4.
 */
export type Activation = 'relu' | 'leaky-relu' | 'maxmin' | 'groupsort';

/** How weights start: Glorot and Bengio 2010, He et al. 2015, or orthogonal (Saxe et al. 2014). */
export type Initialisation = 'glorot' | 'he' | 'orthogonal';

/** Every activation's name. */
export const activations: readonly Activation[] = ['relu', 'leaky-relu', 'maxmin', 'groupsort'];

/** An encoder's layers: convolutions, which there need not be, then dense layers. */
export interface EncoderLayers {
  readonly convolutions: readonly ConvolutionSpec[];
  /** Outputs of the dense layers, at least one; the last is the embedding's width. */
  readonly widths: readonly number[];
}

/** The encoders that have a name. */
export type EncoderPreset = 'mlp' | 'convnet' | 'lipschitz';

/**
 * What the names stand for. `convnet` halves an image three times over. `lipschitz` has the layers of `mlp`; with it the
 * constraint is `orthonormal` unless told, and with that the activation `maxmin` and orthogonal initial weights: a
 * 1-Lipschitz encoder, whose gradients keep norm 1 where no layer is wider than the one before.
 */
export const encoderPresets: Readonly<Record<EncoderPreset, string>> = {
  mlp: '256-256-64',
  convnet: 'c16k4s2p1-c32k4s2p1-c64k4s2p1-256-64',
  lipschitz: '256-256-64',
};

/** Whether `text` is a preset's name. */
export function isEncoderPreset(text: string): text is EncoderPreset {
  return Object.hasOwn(encoderPresets, text);
}

/**
 * Reads an encoder's description: a preset's name, or layers parted by dashes, such as `512-256-64` or
 * `c32k4s2-c64k4s2p1-256-64`. A convolution is `c` and its channels, then any of `k` (the kernel's side, default 3), `s`
 * (stride, default 1) and `p` (zero padding on every side, default 0), in this order. Convolutions come first; at least
 * one dense layer follows.
 *
 * @throws {ShapeError} on anything else
 */
export function parseEncoder(text: string): EncoderLayers {
  if (typeof text !== 'string') {
    throw new ShapeError(
      `an encoder is described by a text such as 512-256-64, got ${shownKind(text)}; LayersModels are for fit of 'kantorovich/tfjs'`,
    );
  }
  const layers = isEncoderPreset(text) ? encoderPresets[text] : text;
  const convolutions: ConvolutionSpec[] = [];
  let rest = layers;
  for (let match = CONVOLUTION.exec(rest); match !== null; match = CONVOLUTION.exec(rest)) {
    const [whole, channels, kernel = '3', stride = '1', padding = '0'] = match;
    convolutions.push({
      channels: Number(channels),
      kernel: Number(kernel),
      stride: Number(stride),
      padding: Number(padding),
    });
    rest = rest.slice(whole.length);
  }
  const widths = rest.split('-').map((part) => (/^[1-9]\d*$/.test(part) ? Number(part) : Number.NaN));
  if (!widths.every(Number.isSafeInteger) || !convolutions.every(({ channels }) => Number.isSafeInteger(channels))) {
    throw new ShapeError(
      `an encoder is widths parted by dashes, such as 512-256-64, after convolutions if any, such as c32k4s2p1-256-64, or one of ${Object.keys(encoderPresets).join(', ')}; got "${text}"`,
    );
  }
  return { convolutions, widths };
}

/** One convolution at the beginning of a description, with its dash. */
const CONVOLUTION = /^c([1-9]\d{0,5})(?:k([1-9]\d{0,4}))?(?:s([1-9]\d{0,4}))?(?:p(\d{1,5}))?-/;

/**
 * `name`, checked.
 *
 * @throws {OptionsError} on an unknown activation
 */
export function checkActivation(name: string): Activation {
  const known = activations.find((activation) => activation === name);
  if (known === undefined) throw new OptionsError(`unknown activation "${name}": expected ${activations.join(', ')}`);
  return known;
}

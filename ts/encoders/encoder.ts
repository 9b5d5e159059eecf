import { OptionsError, ShapeError } from '../wasm/errors.js';

/** What follows every hidden layer; `maxmin` sorts neighbouring pairs and needs even widths. */
export type Activation = 'relu' | 'leaky-relu' | 'maxmin';

/** How weights start: Glorot and Bengio 2010, He et al. 2015, or orthogonal (Saxe et al. 2014). */
export type Initialisation = 'glorot' | 'he' | 'orthogonal';

/** Every activation's name. */
export const activations: readonly Activation[] = ['relu', 'leaky-relu', 'maxmin'];

/**
 * Widths of a multi-layer perceptron after its input, such as `'512-256-64'`: hidden layers, then the embedding.
 *
 * @throws {ShapeError} on anything but whole numbers from 1, parted by dashes
 */
export function parseWidths(text: string): readonly number[] {
  const widths = text.split('-').map((part) => (/^[1-9]\d*$/.test(part) ? Number(part) : Number.NaN));
  if (!widths.every(Number.isSafeInteger)) {
    throw new ShapeError(`an encoder is widths parted by dashes, such as 512-256-64, got "${text}"`);
  }
  return widths;
}

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

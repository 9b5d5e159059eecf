import { reshape, type Tensor, type Tensor2D, transpose } from '@tensorflow/tfjs-core';
import { ShapeError } from '../../wasm/errors.js';
import type { Side } from '../../wasm/trainer.js';
import type { ImageShape, TfjsEncoder } from '../../wasm/trainer-spec.js';

/** How rows become what an encoder takes. */
export type InputRows = Pick<TfjsEncoder, 'inputShape' | 'planes'>;

/**
 * How rows of `size` numbers become what an encoder of `shape` takes. Images whose rows hold a channel after the other
 * are turned where the encoder has channels last.
 *
 * @param shape the encoder's, without the batch; null for a size that is left open
 * @param image what rows hold, where that is known
 * @throws {ShapeError} where rows have another number of numbers, or open sizes cannot be told
 */
export function inputRows(
  side: Side,
  size: number,
  shape: readonly (number | null)[],
  image: ImageShape | undefined,
): InputRows {
  const inputShape = closed(shape, size, image);
  const numbers = inputShape.reduce((product, length) => product * length, 1);
  if (numbers !== size || !inputShape.every(Number.isSafeInteger)) {
    const known = image && `, images of ${image.channels} x ${image.height} x ${image.width}`;
    throw new ShapeError(
      `rows of ${side} have ${size} numbers${known ?? ''}, its encoder takes [${shape.map((length) => length ?? 'any').join(', ')}]`,
    );
  }
  return { inputShape, planes: image !== undefined && areTurned(side, inputShape, image) };
}

/** Rows as the encoder takes them. */
export function toInput(rows: Tensor2D, { inputShape, planes }: InputRows): Tensor {
  const [height = 1, width = 1, channels = 1] = inputShape;
  if (!planes) return reshape(rows, [rows.shape[0], ...inputShape]);
  return transpose(reshape(rows, [rows.shape[0], channels, height, width]), [0, 2, 3, 1]);
}

/** The shape with sizes in place of those left open: one is told by the others, two of an image by the source. */
function closed(shape: readonly (number | null)[], size: number, image: ImageShape | undefined): readonly number[] {
  const open = shape.filter((length) => length === null).length;
  const given = shape.reduce<number>((product, length) => product * (length ?? 1), 1);
  if (open <= 1) return shape.map((length) => length ?? size / given);
  const orders = image === undefined ? [] : [channelsLast(image), channelsFirst(image)];
  const fitting = orders.find(
    (order) => order.length === shape.length && order.every((length, at) => (shape[at] ?? length) === length),
  );
  return fitting ?? shape.map((length) => length ?? Number.NaN);
}

function areTurned(side: Side, inputShape: readonly number[], image: ImageShape): boolean {
  const [isLast, isFirst] = [channelsLast(image), channelsFirst(image)].map((order) => `${order}` === `${inputShape}`);
  if (image.channels === 1 || isLast === isFirst) return false;
  if (image.order !== 'pixels') return isLast === true;
  if (isLast) return false;
  throw new ShapeError(
    `rows of ${side} hold a pixel's channels side by side, its encoder takes channels first, [${inputShape}]`,
  );
}

function channelsLast({ channels, height, width }: ImageShape): readonly number[] {
  return [height, width, channels];
}

function channelsFirst({ channels, height, width }: ImageShape): readonly number[] {
  return [channels, height, width];
}

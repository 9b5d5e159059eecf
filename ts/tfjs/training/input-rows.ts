import { reshape, type Tensor, type Tensor2D, transpose } from '@tensorflow/tfjs-core';
import { ShapeError } from '../../wasm/errors.js';
import type { Side } from '../../wasm/trainer.js';
import type { ImageShape, TfjsEncoder } from '../../wasm/trainer-spec.js';

/** What an encoder takes. */
export interface Taken {
  /** Without the batch; null for a size that is left open. */
  readonly shape: readonly (number | null)[];
  /** Whether its layers have channels first: told only where the shape tells nothing. */
  readonly isChannelsFirst: boolean;
}

/** How rows become what an encoder takes. */
export type InputRows = Pick<TfjsEncoder, 'inputShape' | 'planes'>;

/**
 * How rows of `size` numbers become what an encoder takes. Images whose rows hold a channel after the other
 * are turned where the encoder has channels last.
 *
 * @param image what rows hold, where that is known
 * @throws {ShapeError} where rows have another number of numbers or images other sizes, or open sizes cannot be told
 */
export function inputRows(
  side: Side,
  size: number,
  { shape, isChannelsFirst }: Taken,
  image: ImageShape | undefined,
): InputRows {
  const inputShape = closed(shape, size, image);
  const numbers = inputShape.reduce((product, length) => product * length, 1);
  const fits = image === undefined || inputShape.length !== 3 || isOf(image, inputShape);
  if (numbers !== size || !inputShape.every(Number.isSafeInteger) || !fits) {
    const known = image && `, images of ${image.channels} x ${image.height} x ${image.width}`;
    throw new ShapeError(
      `rows of ${side} have ${size} numbers${known ?? ''}, its encoder takes [${shape.map((length) => length ?? 'any').join(', ')}]`,
    );
  }
  return { inputShape, planes: image !== undefined && areTurned(side, inputShape, image, isChannelsFirst) };
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

function isOf(image: ImageShape, inputShape: readonly number[]): boolean {
  return [channelsLast(image), channelsFirst(image)].some((order) => `${order}` === `${inputShape}`);
}

function areTurned(side: Side, inputShape: readonly number[], image: ImageShape, isChannelsFirst: boolean): boolean {
  if (image.channels === 1 || !isOf(image, inputShape)) return false;
  const [last, first] = [channelsLast(image), channelsFirst(image)].map(String);
  const isLast = last === first ? !isChannelsFirst : last === `${inputShape}`;
  if (image.order !== 'pixels') return isLast;
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

import { ShapeError } from '../wasm/errors.js';
import type { ImageShape } from '../wasm/trainer-spec.js';

export type { ImageShape } from '../wasm/trainer-spec.js';

/**
 * Channels x height x width of images that lie by planes, such as `3x32x32`.
 *
 * @throws {ShapeError} on anything else
 */
export function parseImageShape(text: string): ImageShape {
  const [channels = 0, height = 0, width = 0] = /^[1-9]\d*(x[1-9]\d*){2}$/.test(text)
    ? text.split('x').map(Number)
    : [];
  if (![channels, height, width].every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new ShapeError(`an image's shape is channels x height x width, such as 1x42x42, got "${text}"`);
  }
  return { channels, height, width };
}

/**
 * The shape of the images that rows of `size` numbers hold: as told, or one square channel.
 *
 * @throws {ShapeError} where the shape has other than `size` numbers, or there is none to be guessed
 */
export function imageShapeOf(size: number, told: ImageShape | undefined): ImageShape {
  const side = Math.round(Math.sqrt(size));
  if (told === undefined && side * side !== size) {
    throw new ShapeError(
      `convolutions need the images' shape: ${size} numbers are no square of one channel; give channels x height x width (imageShape, --image-shape 3x32x32)`,
    );
  }
  const shape = told ?? { channels: 1, height: side, width: side };
  const { channels, height, width } = shape;
  if (channels * height * width !== size) {
    throw new ShapeError(
      `images of ${channels} x ${height} x ${width} have ${channels * height * width} numbers, rows have ${size}`,
    );
  }
  return shape;
}

import type { ImageShape } from '../encoders/image-shape.js';
import type { Matrix } from '../wasm/matrix.js';

/** Images of one size, one a row: pixels row by row, the channels of a pixel side by side, in [0, 1]. */
export interface ImageRows {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** images x (height x width x channels). */
  readonly rows: Matrix;
}

/** The shape of the images, of another width where one is given. */
export function imageShape({ channels, height, width }: ImageRows, cut = width): ImageShape {
  return { channels, height, width: cut, order: 'pixels' };
}

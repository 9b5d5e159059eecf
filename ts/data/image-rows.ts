import type { Matrix } from '../wasm/matrix.js';

/** Images of one size, one a row: pixels row by row, the channels of a pixel side by side, in [0, 1]. */
export interface ImageRows {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** images x (height x width x channels). */
  readonly rows: Matrix;
}

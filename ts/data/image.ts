/** Pixels in [0, 1], row by row, the channels of a pixel side by side. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Float32Array;
}

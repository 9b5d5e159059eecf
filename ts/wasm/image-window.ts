/** One axis of images, and how a kernel moves over it. */
export interface WindowAxis {
  /** Pixels. */
  readonly size: number;
  /** Taps of the kernel. */
  readonly kernel: number;
  /** Pixels from one position to the next. */
  readonly stride: number;
  /** Pixels from one tap to the next. */
  readonly dilation: number;
  /** Zeros ahead of the first pixel; as many as needed follow the last. */
  readonly before: number;
  /** Positions, the output's size. */
  readonly positions: number;
}

/** A kernel over images `[image, row, column, channel]`. */
export interface ImageWindow {
  readonly rows: WindowAxis;
  readonly cols: WindowAxis;
  /** Channels of the images. */
  readonly depth: number;
}

/** Some images at a time. */
export interface ImageBlock {
  readonly count: number;
  /** The block's part of a tensor that has as many numbers for each image. */
  part(tensor: Float32Array, perImage: number): Float32Array;
}

/** Images that are in the module at a time, with their outputs: 1 MiB stays in a cache. */
const NUMBERS_AT_ONCE = 1 << 18;

/** Numbers of an image, and of its output with `channels` numbers a position. */
export function imageLengths(window: ImageWindow, channels: number): { inputs: number; outputs: number } {
  const { rows, cols, depth } = window;
  return { inputs: rows.size * cols.size * depth, outputs: rows.positions * cols.positions * channels };
}

/** Images at a time: 1 MiB of them and their outputs, or one. */
export function imagesAtOnce(images: number, numbersEach: number): number {
  return Math.max(1, Math.min(images, Math.floor(NUMBERS_AT_ONCE / numbersEach)));
}

/** All images, `step` at a time. */
export function* imageBlocks(images: number, step: number): Generator<ImageBlock> {
  for (let first = 0; first < images; first += step) {
    const count = Math.min(step, images - first);
    yield {
      count,
      part: (tensor, perImage) => tensor.subarray(first * perImage, (first + count) * perImage),
    };
  }
}

/** A window as the module reads it. */
export function windowWords({ rows, cols, depth }: ImageWindow): readonly number[] {
  return [...axisWords(rows), ...axisWords(cols), depth];
}

function axisWords({ size, kernel, stride, dilation, before, positions }: WindowAxis): readonly number[] {
  return [size, kernel, stride, dilation, before, positions];
}

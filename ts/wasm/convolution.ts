import type { CoreOptions } from './core.js';
import { type Operation, takeArena } from './tensor-arena.js';
import { activationWords, NO_EPILOGUE, type TensorEpilogue } from './tensor-epilogue.js';

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

/** A convolution of images `[image, row, column, channel]` with a filter `[row, column, channel, output channel]`. */
export interface Convolution {
  readonly rows: WindowAxis;
  readonly cols: WindowAxis;
  /** Channels of the images. */
  readonly depth: number;
  /** Channels of the output. */
  readonly channels: number;
}

/** Numbers of images and outputs that are in the module at a time: 1 MiB stays in a cache. */
const AT_ONCE = 1 << 18;

const convolve: Operation = (exports, tensors) => exports.tensors_convolution(tensors, 0);
const convolveBack: Operation = (exports, tensors) => exports.tensors_convolution(tensors, 1);
const addFilterGradient: Operation = (exports, tensors) => exports.tensors_convolution(tensors, 2);

/**
 * Writes the images' convolution with the filter, a bias and an activation applied.
 *
 * Of images and outputs, the module holds 1 MiB at a time, or one image's.
 *
 * @throws {ShapeError} where the module has no room, or lengths do not fit
 */
export function convolution(
  shape: Convolution,
  [x, filter]: readonly [x: Float32Array, filter: Float32Array],
  out: Float32Array,
  epilogue: TensorEpilogue = NO_EPILOGUE,
  options: CoreOptions = {},
): void {
  const { inputs, outputs } = sizesOf(shape);
  const { bias, slopes } = epilogue;
  const images = x.length / inputs;
  const step = imagesAtOnce(shape, images);
  const lengths = [step * inputs, filter.length, bias?.length, slopes?.length, step * outputs];
  const arena = takeArena(lengths, options);
  arena.write(1, filter);
  if (bias !== undefined) arena.write(2, bias);
  if (slopes !== undefined) arena.write(3, slopes);
  for (let first = 0; first < images; first += step) {
    const count = Math.min(step, images - first);
    arena.write(0, x.subarray(first * inputs, (first + count) * inputs));
    arena.run(convolve, describe(shape, count, epilogue));
    arena.read(4, out.subarray(first * outputs, (first + count) * outputs));
  }
}

/**
 * Writes the gradient with respect to the images from that with respect to the output.
 *
 * @throws {ShapeError} where the module has no room, or lengths do not fit
 */
export function convolutionInputGradient(
  shape: Convolution,
  [dy, filter]: readonly [dy: Float32Array, filter: Float32Array],
  out: Float32Array,
  options: CoreOptions = {},
): void {
  const { inputs, outputs } = sizesOf(shape);
  const images = out.length / inputs;
  const step = imagesAtOnce(shape, images);
  const arena = takeArena([step * outputs, filter.length, undefined, undefined, step * inputs], options);
  arena.write(1, filter);
  for (let first = 0; first < images; first += step) {
    const count = Math.min(step, images - first);
    arena.write(0, dy.subarray(first * outputs, (first + count) * outputs));
    arena.run(convolveBack, describe(shape, count));
    arena.read(4, out.subarray(first * inputs, (first + count) * inputs));
  }
}

/**
 * Writes the gradient with respect to the filter, summed over the images.
 *
 * @throws {ShapeError} where the module has no room, or lengths do not fit
 */
export function convolutionFilterGradient(
  shape: Convolution,
  [x, dy]: readonly [x: Float32Array, dy: Float32Array],
  out: Float32Array,
  options: CoreOptions = {},
): void {
  const { inputs, outputs } = sizesOf(shape);
  const images = x.length / inputs;
  const step = imagesAtOnce(shape, images);
  const arena = takeArena([step * inputs, step * outputs, undefined, undefined, out.length], options);
  arena.clear(4);
  for (let first = 0; first < images; first += step) {
    const count = Math.min(step, images - first);
    arena.write(0, x.subarray(first * inputs, (first + count) * inputs));
    arena.write(1, dy.subarray(first * outputs, (first + count) * outputs));
    arena.run(addFilterGradient, describe(shape, count));
  }
  arena.read(4, out);
}

/** Numbers of an image and of its output. */
function sizesOf({ rows, cols, depth, channels }: Convolution): { inputs: number; outputs: number } {
  return { inputs: rows.size * cols.size * depth, outputs: rows.positions * cols.positions * channels };
}

function imagesAtOnce(shape: Convolution, images: number): number {
  const { inputs, outputs } = sizesOf(shape);
  return Math.max(1, Math.min(images, Math.floor(AT_ONCE / (inputs + outputs))));
}

function describe(shape: Convolution, images: number, epilogue: TensorEpilogue = NO_EPILOGUE): readonly number[] {
  const { rows, cols, depth, channels } = shape;
  return [images, ...axisWords(rows), ...axisWords(cols), depth, channels, ...activationWords(epilogue)];
}

function axisWords({ size, kernel, stride, dilation, before, positions }: WindowAxis): readonly number[] {
  return [size, kernel, stride, dilation, before, positions];
}

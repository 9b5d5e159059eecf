import type { CoreOptions } from './core.js';
import { type ImageWindow, imageBlocks, imageLengths, imagesAtOnce, windowWords } from './image-window.js';
import { type Operation, takeArena } from './tensor-arena.js';
import { activationWords, NO_EPILOGUE, type TensorEpilogue } from './tensor-epilogue.js';

/** A convolution of images `[image, row, column, channel]` with a filter `[row, column, channel, output channel]`. */
export interface Convolution extends ImageWindow {
  /** Channels of the output. */
  readonly channels: number;
}

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
  const { inputs, outputs } = imageLengths(shape, shape.channels);
  const { bias, slopes } = epilogue;
  const images = x.length / inputs;
  const step = imagesAtOnce(images, inputs + outputs);
  const lengths = [step * inputs, filter.length, bias?.length, slopes?.length, step * outputs];
  const arena = takeArena(lengths, options);
  arena.write(1, filter);
  if (bias !== undefined) arena.write(2, bias);
  if (slopes !== undefined) arena.write(3, slopes);
  for (const block of imageBlocks(images, step)) {
    arena.write(0, block.part(x, inputs));
    arena.run(convolve, describe(shape, block.count, epilogue));
    arena.read(4, block.part(out, outputs));
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
  const { inputs, outputs } = imageLengths(shape, shape.channels);
  const images = out.length / inputs;
  const step = imagesAtOnce(images, inputs + outputs);
  const arena = takeArena([step * outputs, filter.length, undefined, undefined, step * inputs], options);
  arena.write(1, filter);
  for (const block of imageBlocks(images, step)) {
    arena.write(0, block.part(dy, outputs));
    arena.run(convolveBack, describe(shape, block.count));
    arena.read(4, block.part(out, inputs));
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
  const { inputs, outputs } = imageLengths(shape, shape.channels);
  const images = x.length / inputs;
  const step = imagesAtOnce(images, inputs + outputs);
  const arena = takeArena([step * inputs, step * outputs, undefined, undefined, out.length], options);
  arena.clear(4);
  for (const block of imageBlocks(images, step)) {
    arena.write(0, block.part(x, inputs));
    arena.write(1, block.part(dy, outputs));
    arena.run(addFilterGradient, describe(shape, block.count));
  }
  arena.read(4, out);
}

function describe(shape: Convolution, images: number, epilogue: TensorEpilogue = NO_EPILOGUE): readonly number[] {
  return [images, ...windowWords(shape), shape.channels, ...activationWords(epilogue)];
}

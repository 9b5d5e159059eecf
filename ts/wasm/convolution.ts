import type { CoreOptions } from './core.js';
import { checkFilter, type ImageWindow, imagePasses, windowWords } from './image-window.js';
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
  checkFilter(shape, shape.channels, filter);
  const { inputs, outputs, passes } = imagePasses(shape, shape.channels, x, out);
  const { bias, slopes } = epilogue;
  const lengths = [inputs, filter.length, bias?.length, slopes?.length, outputs];
  const arena = takeArena(lengths, options);
  arena.write(1, filter);
  if (bias !== undefined) arena.write(2, bias);
  if (slopes !== undefined) arena.write(3, slopes);
  for (const pass of passes) {
    arena.write(0, pass.inputs);
    arena.run(convolve, describe(shape, pass.count, epilogue));
    arena.read(4, pass.outputs);
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
  checkFilter(shape, shape.channels, filter);
  const { inputs, outputs, passes } = imagePasses(shape, shape.channels, out, dy);
  const arena = takeArena([outputs, filter.length, undefined, undefined, inputs], options);
  arena.write(1, filter);
  for (const pass of passes) {
    arena.write(0, pass.outputs);
    arena.run(convolveBack, describe(shape, pass.count));
    arena.read(4, pass.inputs);
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
  checkFilter(shape, shape.channels, out);
  const { inputs, outputs, passes } = imagePasses(shape, shape.channels, x, dy);
  const arena = takeArena([inputs, outputs, undefined, undefined, out.length], options);
  arena.clear(4);
  for (const pass of passes) {
    arena.write(0, pass.inputs);
    arena.write(1, pass.outputs);
    arena.run(addFilterGradient, describe(shape, pass.count));
  }
  arena.read(4, out);
}

function describe(shape: Convolution, images: number, epilogue: TensorEpilogue = NO_EPILOGUE): readonly number[] {
  return [images, ...windowWords(shape), shape.channels, ...activationWords(epilogue)];
}

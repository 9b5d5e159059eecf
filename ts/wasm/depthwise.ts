import type { CoreOptions } from './core.js';
import { type ImageWindow, imageBlocks, imageLengths, imagesAtOnce, windowWords } from './image-window.js';
import { type Operation, takeArena } from './tensor-arena.js';

/** A convolution of each channel by itself, with a filter `[row, column, channel, output]`. */
export interface Depthwise extends ImageWindow {
  /** Outputs of each channel. */
  readonly multiplier: number;
}

const convolveBack: Operation = (exports, tensors) => exports.tensors_depthwise(tensors, 0);
const addFilterGradient: Operation = (exports, tensors) => exports.tensors_depthwise(tensors, 1);

/**
 * Writes the gradient with respect to the images from that with respect to the output.
 *
 * @throws {ShapeError} where the module has no room, or lengths do not fit
 */
export function depthwiseInputGradient(
  shape: Depthwise,
  [dy, filter]: readonly [dy: Float32Array, filter: Float32Array],
  out: Float32Array,
  options: CoreOptions = {},
): void {
  const { inputs, outputs } = imageLengths(shape, shape.depth * shape.multiplier);
  const images = out.length / inputs;
  const step = imagesAtOnce(images, inputs + outputs);
  const arena = takeArena([step * outputs, filter.length, step * inputs], options);
  arena.write(1, filter);
  for (const block of imageBlocks(images, step)) {
    arena.write(0, block.part(dy, outputs));
    arena.run(convolveBack, [block.count, ...windowWords(shape), shape.multiplier]);
    arena.read(2, block.part(out, inputs));
  }
}

/**
 * Writes the gradient with respect to the filter, summed over the images.
 *
 * @throws {ShapeError} where the module has no room, or lengths do not fit
 */
export function depthwiseFilterGradient(
  shape: Depthwise,
  [x, dy]: readonly [x: Float32Array, dy: Float32Array],
  out: Float32Array,
  options: CoreOptions = {},
): void {
  const { inputs, outputs } = imageLengths(shape, shape.depth * shape.multiplier);
  const images = x.length / inputs;
  const step = imagesAtOnce(images, inputs + outputs);
  const arena = takeArena([step * inputs, step * outputs, out.length], options);
  arena.clear(2);
  for (const block of imageBlocks(images, step)) {
    arena.write(0, block.part(x, inputs));
    arena.write(1, block.part(dy, outputs));
    arena.run(addFilterGradient, [block.count, ...windowWords(shape), shape.multiplier]);
  }
  arena.read(2, out);
}

import type { CoreOptions } from './core.js';
import { checkFilter, type ImageWindow, imagePasses, windowWords } from './image-window.js';
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
  checkFilter(shape, shape.multiplier, filter);
  const { inputs, outputs, passes } = imagePasses(shape, shape.depth * shape.multiplier, out, dy);
  const arena = takeArena([outputs, filter.length, inputs], options);
  arena.write(1, filter);
  for (const pass of passes) {
    arena.write(0, pass.outputs);
    arena.run(convolveBack, [pass.count, ...windowWords(shape), shape.multiplier]);
    arena.read(2, pass.inputs);
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
  checkFilter(shape, shape.multiplier, out);
  const { inputs, outputs, passes } = imagePasses(shape, shape.depth * shape.multiplier, x, dy);
  const arena = takeArena([inputs, outputs, out.length], options);
  arena.clear(2);
  for (const pass of passes) {
    arena.write(0, pass.inputs);
    arena.write(1, pass.outputs);
    arena.run(addFilterGradient, [pass.count, ...windowWords(shape), shape.multiplier]);
  }
  arena.read(2, out);
}

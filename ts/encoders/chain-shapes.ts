import { ShapeError } from '../wasm/errors.js';
import type { ChainStep, Convolution, LayerChain, Pool } from './layer-chain.js';

/** A step with the shape of a sample before it and after it. */
export interface ShapedStep {
  readonly step: ChainStep;
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/**
 * A chain's steps with their shapes, which are checked to fit.
 *
 * @throws {ShapeError} naming the layer that does not fit
 */
export function shapedSteps({ input, output, steps }: LayerChain): readonly ShapedStep[] {
  let shape = input;
  const shaped = steps.map((step) => {
    const after = shapeAfter(step, shape);
    const before = shape;
    shape = after;
    return { step, input: before, output: after };
  });
  if (shape.length === 1 && shape[0] === output) return shaped;
  throw new ShapeError(`the last layer gives samples of [${shape.join(', ')}], expected rows of ${output} numbers`);
}

/**
 * A sample's shape after a step.
 *
 * @throws {ShapeError} naming the step's layer where it does not fit
 */
export function shapeAfter(step: ChainStep, shape: readonly number[]): readonly number[] {
  const misfit = (expected: string) =>
    new ShapeError(`${step.from} takes ${expected}, and is given samples of [${shape.join(', ')}]`);
  switch (step.step) {
    case 'reshape':
      if (elements(step.shape) !== elements(shape)) throw misfit(`${elements(step.shape)} numbers`);
      return step.shape;
    case 'permute':
      if (step.axes.length !== shape.length + 1) throw misfit(`${step.axes.length - 1} axes`);
      return step.axes.slice(1).map((axis) => shape[axis - 1] ?? 0);
    case 'flatten':
      return [elements(shape)];
    case 'pad': {
      const [channels, height, width] = planes(shape, misfit);
      const [top, left, bottom, right] = step.padding;
      return [channels, height + top + bottom, width + left + right];
    }
    case 'dense': {
      const [outputs = 0, inputs] = step.weight.shape;
      if (shape.length !== 1 || shape[0] !== inputs) throw misfit(`rows of ${inputs} numbers`);
      return [outputs];
    }
    case 'convolution':
      return convolved(step, planes(shape, misfit), misfit);
    case 'embedding':
      if (shape.length !== 1) throw misfit('rows of whole numbers');
      return [...shape, step.weight.shape[1] ?? 0];
    case 'pool-sequence':
      if (shape.length !== 2) throw misfit('sequences');
      return [shape[1] ?? 0];
    case 'pool':
      return pooled(step, planes(shape, misfit));
    case 'normalise':
      if (shape[0] !== step.mean.data.length) throw misfit(`${step.mean.data.length} features or channels`);
      return shape;
    case 'standardise': {
      const columns = step.mean.data.length;
      if (columns !== 1 && shape.at(-1) !== columns) throw misfit(`rows of ${columns} numbers`);
      return shape;
    }
    case 'activation':
      return shape;
    case 'group-sort':
      if ((shape[0] ?? 0) % step.size !== 0) throw misfit(`features or channels in groups of ${step.size}`);
      return shape;
    default:
      return step satisfies never;
  }
}

type Planes = readonly [channels: number, height: number, width: number];
type Misfit = (expected: string) => ShapeError;

function planes(shape: readonly number[], misfit: Misfit): Planes {
  const [channels = 0, height = 0, width = 0] = shape;
  if (shape.length !== 3) throw misfit('images');
  return [channels, height, width];
}

function convolved({ weight, stride, padding, dilation, groups }: Convolution, input: Planes, misfit: Misfit): Planes {
  const [channels = 0, own = 0, ...kernel] = weight.shape;
  if (own * groups !== input[0]) throw misfit(`images of ${own * groups} channels`);
  const sizes = [0, 1].map((axis) => {
    const padded = (input[axis + 1] ?? 0) + (padding[axis] ?? 0) + (padding[axis + 2] ?? 0);
    return windows(padded, ((kernel[axis] ?? 1) - 1) * (dilation[axis] ?? 1) + 1, stride[axis] ?? 1);
  });
  if (sizes.some((size) => size < 1)) throw misfit(`images no smaller than its kernel, ${kernel.join(' x ')}`);
  return [channels, sizes[0] ?? 0, sizes[1] ?? 0];
}

function pooled({ window }: Pool, [channels, height, width]: Planes): readonly number[] {
  if (window === null) return [channels];
  const { size, stride } = window;
  return [channels, windows(height, size[0], stride[0]), windows(width, size[1], stride[1])];
}

/** How many windows fit. */
function windows(length: number, size: number, stride: number): number {
  return Math.floor((length - size) / stride) + 1;
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

import type { ImageShape } from '../encoders/image-shape.js';
import { OptionsError, ShapeError } from '../wasm/errors.js';
import { type Random, random, randomFromState } from '../wasm/random.js';
import { type Drawings, splitDrawings } from './drawings.js';
import {
  type Batch,
  type BatchOptions,
  checkedBatchSize,
  type Split,
  START,
  type SyncPairSource,
} from './pair-source.js';
import { streamSeed } from './seeds.js';

/** How the drawings of one picture lie: in a square of cells, or one above the other as its channels. */
export type CellLayout = 'grid' | 'stack';

/** A picture of several drawings. */
export interface SpatialGridOptions {
  /**
   * The drawings of each cell, row by row, already of one part and of one size: a square number of cells in a grid,
   * any number in a stack.
   */
  readonly cells: readonly Drawings[];
  readonly split: Split;
  /** Default `grid`. In a stack the channels of a pixel lie side by side. */
  readonly layout?: CellLayout;
}

/** A grid of digits: how many cells a side, which part of the drawings. */
export interface DigitGridOptions {
  /** Cells a side. */
  readonly k: number;
  /** Drawings of ten classes or any other number, already of the tile's size. */
  readonly drawings: Drawings;
  readonly split: Split;
}

const SPLIT_STREAM = { train: 0x7452, validation: 0x5641, test: 0x7e57 } as const;

/**
 * The paper's spatial multi-character data: in cell i of x stands a drawing of a class z_i drawn uniformly, in cell i
 * of y a fresh drawing of its successor (the first class after the last). Pairs are drawn without end. Labels are z,
 * row by row; they alone tie y to x, so that I(x; y) = Σ ln(classes of cell i) exactly.
 *
 * @throws {OptionsError} on no cells, or a grid of a number of cells that is no square
 * @throws {ShapeError} on drawings of different sizes
 * @see Ozair et al. 2019, section 5.1 (SpatialMultiOmniglot, StackedMultiOmniglot), https://arxiv.org/abs/1903.11780
 */
export function spatialGrid({ cells, split, layout = 'grid' }: SpatialGridOptions): SyncPairSource {
  const picture = pictureOf(cells, layout);
  return {
    xDim: picture.dim,
    yDim: picture.dim,
    xShape: picture.shape,
    yShape: picture.shape,
    pairs: null,
    labelSizes: cells.map(({ classes }) => classes.length),
    mutualInformation: cells.reduce((nats, { classes }) => nats + Math.log(classes.length), 0),
    batches: (options) => {
      checkedBatchSize(options.batch, null);
      return drawBatches(picture, options, streamSeed(options.seed, SPLIT_STREAM[split]));
    },
  };
}

/**
 * {@link spatialGrid} of k x k cells with the same drawings in each, divided into parts here: I(x; y) = k^2 ln(classes).
 *
 * @throws {OptionsError} on a k that is no whole number from 1
 * @throws {DataError} where a class has no drawing in this part
 */
export function digitGrid({ k, drawings, split }: DigitGridOptions): SyncPairSource {
  if (!Number.isSafeInteger(k) || k < 1)
    throw new OptionsError(`a grid has a whole number of cells a side from 1, got ${k}`);
  const part = splitDrawings(drawings, split);
  return spatialGrid({ cells: Array.from({ length: k * k }, () => part), split });
}

/** Where each cell's drawing goes in a picture of `dim` numbers. */
interface Picture {
  readonly cells: readonly Drawings[];
  readonly dim: number;
  readonly shape: ImageShape;
  /** Pixels a side of a drawing. */
  readonly size: number;
  /** The first number of each cell. */
  readonly corners: readonly number[];
  /** From one pixel of a drawing to the next, and from one of its rows to the next. */
  readonly strides: readonly [pixel: number, row: number];
}

function pictureOf(cells: readonly Drawings[], layout: CellLayout): Picture {
  const side = layout === 'grid' ? Math.sqrt(cells.length) : 1;
  if (cells.length === 0 || !Number.isInteger(side)) {
    throw new OptionsError(`a grid has a square number of cells such as 1, 4 or 9, got ${cells.length}`);
  }
  const [{ size }] = cells;
  const other = cells.find((cell) => cell.size !== size);
  if (other !== undefined) throw new ShapeError(`all cells have drawings of one size, got ${size} and ${other.size}`);
  const dim = cells.length * size * size;
  if (layout === 'stack') {
    const shape: ImageShape = { channels: cells.length, height: size, width: size, order: 'pixels' };
    const corners = cells.map((_, cell) => cell);
    return { cells, dim, shape, size, corners, strides: [cells.length, cells.length * size] };
  }
  const shape: ImageShape = { channels: 1, height: side * size, width: side * size };
  const corners = cells.map((_, cell) => Math.floor(cell / side) * size * side * size + (cell % side) * size);
  return { cells, dim, shape, size, corners, strides: [1, side * size] };
}

function* drawBatches(picture: Picture, { batch, from = START }: BatchOptions, seed: number): Generator<Batch> {
  const x = new Float32Array(batch * picture.dim);
  const y = new Float32Array(batch * picture.dim);
  const labels = new Uint8Array(batch * picture.cells.length);
  const stream = from.random.length > 0 ? randomFromState(from.random) : random(seed);
  try {
    for (let batches = from.batches + 1; ; batches++) {
      drawLabels(picture, stream, labels);
      drawPictures(picture, labels, 0, stream, x);
      drawPictures(picture, labels, 1, stream, y);
      yield { size: batch, x, y, labels, cursor: { ...START, batches, random: stream.state() } };
    }
  } finally {
    stream.dispose?.();
  }
}

// Loops stand in functions of their own: engines do not optimise the body of a generator that never returns.
function drawLabels({ cells }: Picture, stream: Random, out: Uint8Array): void {
  for (let i = 0; i < out.length; i++) out[i] = stream.below(cells[i % cells.length].classes.length);
}

/** Draws one picture for every row of labels, each class moved on by `step`. */
function drawPictures(
  { cells, dim, size, corners, strides }: Picture,
  labels: Uint8Array,
  step: number,
  stream: Random,
  out: Float32Array,
): void {
  for (let i = 0; i < labels.length; i++) {
    const cell = i % cells.length;
    const { classes, pixels } = cells[cell];
    const members = classes[(labels[i] + step) % classes.length];
    const drawing = members[stream.below(members.length)];
    const corner = Math.floor(i / cells.length) * dim + corners[cell];
    copyDrawing(pixels, drawing * size * size, size, out, corner, strides);
  }
}

function copyDrawing(
  pixels: Float32Array,
  start: number,
  size: number,
  out: Float32Array,
  corner: number,
  [pixelStride, rowStride]: readonly [number, number],
): void {
  for (let row = 0; row < size; row++) {
    const from = start + row * size;
    const to = corner + row * rowStride;
    for (let col = 0; col < size; col++) out[to + col * pixelStride] = pixels[from + col];
  }
}

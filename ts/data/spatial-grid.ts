import { OptionsError } from '../wasm/errors.js';
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
 * The paper's spatial multi-digit data: x is a k x k grid of drawings with labels drawn uniformly, y a fresh drawing
 * of the grid in which every class is followed by its successor (9 by 0). Pairs are drawn without end. Labels are the
 * classes in x, row by row; they alone tie y to x, so that I(x; y) = k^2 ln(classes) exactly.
 *
 * @throws {OptionsError} on a k that is no whole number from 1
 * @throws {DataError} where a class has no drawing in this part
 * @see Ozair et al. 2019, section 5.1 (SpatialMultiOmniglot), https://arxiv.org/abs/1903.11780
 */
export function digitGrid({ k, drawings, split }: DigitGridOptions): SyncPairSource {
  if (!Number.isSafeInteger(k) || k < 1)
    throw new OptionsError(`a grid has a whole number of cells a side from 1, got ${k}`);
  const part = splitDrawings(drawings, split);
  const side = k * drawings.size;
  const dim = side ** 2;
  const shape = { channels: 1, height: side, width: side };
  const classes = part.classes.length;
  return {
    xDim: dim,
    yDim: dim,
    xShape: shape,
    yShape: shape,
    pairs: null,
    labelSizes: Array.from({ length: k * k }, () => classes),
    mutualInformation: k * k * Math.log(classes),
    batches: (options) => {
      checkedBatchSize(options.batch, null);
      return drawBatches(part, k, options, streamSeed(options.seed, SPLIT_STREAM[split]));
    },
  };
}

function* drawBatches(
  part: Drawings,
  k: number,
  { batch, from = START }: BatchOptions,
  seed: number,
): Generator<Batch> {
  const dim = (k * part.size) ** 2;
  const x = new Float32Array(batch * dim);
  const y = new Float32Array(batch * dim);
  const labels = new Uint8Array(batch * k * k);
  const stream = from.random.length > 0 ? randomFromState(from.random) : random(seed);
  try {
    for (let batches = from.batches + 1; ; batches++) {
      drawLabels(part.classes.length, stream, labels);
      drawGrids(part, k, labels, 0, stream, x);
      drawGrids(part, k, labels, 1, stream, y);
      yield { size: batch, x, y, labels, cursor: { ...START, batches, random: stream.state() } };
    }
  } finally {
    stream.dispose?.();
  }
}

// Loops stand in functions of their own: engines do not optimise the body of a generator that never returns.
function drawLabels(classes: number, stream: Random, out: Uint8Array): void {
  for (let i = 0; i < out.length; i++) out[i] = stream.below(classes);
}

/** Draws one grid for every k x k labels, each class moved on by `step`. */
function drawGrids(
  part: Drawings,
  k: number,
  labels: Uint8Array,
  step: number,
  stream: Random,
  out: Float32Array,
): void {
  const { size, classes } = part;
  const side = k * size;
  for (let i = 0; i < labels.length; i++) {
    const members = classes[(labels[i] + step) % classes.length];
    const drawing = members[stream.below(members.length)];
    const cell = i % (k * k);
    const corner = Math.floor(i / (k * k)) * side * side + Math.floor(cell / k) * size * side + (cell % k) * size;
    copyTile(part.pixels, drawing * size * size, size, out, corner, side);
  }
}

function copyTile(
  pixels: Float32Array,
  start: number,
  size: number,
  out: Float32Array,
  corner: number,
  side: number,
): void {
  for (let row = 0; row < size; row++) {
    const from = start + row * size;
    const to = corner + row * side;
    for (let col = 0; col < size; col++) out[to + col] = pixels[from + col];
  }
}

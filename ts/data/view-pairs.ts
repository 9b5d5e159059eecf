import { checkOptions } from '../wasm/check-options.js';
import { OptionsError } from '../wasm/errors.js';
import { toMatrix } from '../wasm/matrix.js';
import { type Random, random, randomFromState } from '../wasm/random.js';
import { type EpochBatch, epochBatches } from './epochs.js';
import { type ImageRows, imageShape } from './image-rows.js';
import { type Batch, type BatchOptions, START, type SyncPairSource } from './pair-source.js';
import { requireFinite } from './pairs.js';
import { rowRange } from './row-splits.js';
import { streamSeed } from './seeds.js';

/** How two views of an image differ. */
export interface ViewOptions {
  /** The smallest part of the image's sides that a crop keeps, above 0 and at most 1; 1 crops nothing. */
  readonly crop?: number;
  /** How many pixels a view may lie outside the image, whose edge is repeated there. */
  readonly shift?: number;
  /** Whether every second view is mirrored left to right; not for writing. */
  readonly flip?: boolean;
  /** Standard deviation of normal noise added to every number. */
  readonly noise?: number;
}

/** What is done where nothing is said. */
export const DEFAULT_VIEWS: Required<ViewOptions> = { crop: 0.7, shift: 0, flip: false, noise: 0.05 };

const VIEW_STREAM = 0x71e3;

/**
 * Pairs of two views of one image, each cropped, shifted, mirrored and made noisy at random and brought back to the
 * image's size by bilinear interpolation: x and y are drawn alike. Images come in shuffled epochs; the views are fresh
 * each time.
 *
 * @throws {OptionsError} on an option out of range
 * @throws {DataError} on pixels that are not finite
 */
export function viewPairs(images: ImageRows, options: ViewOptions = {}): SyncPairSource {
  checkOptions(options, { crop: true, shift: true, flip: true, noise: true }, 'viewPairs');
  const views = checkedViews({ ...DEFAULT_VIEWS, ...options });
  const all = toMatrix(images?.rows, 'images.rows');
  requireFinite(all, 'images');
  const { rows, cols } = all;
  return {
    xDim: cols,
    yDim: cols,
    xShape: imageShape(images),
    yShape: imageShape(images),
    pairs: rows,
    labelSizes: [],
    mutualInformation: null,
    batches: (asked) => drawBatches(images, views, epochBatches(rows, asked), asked),
  };
}

function* drawBatches(
  images: ImageRows,
  views: Required<ViewOptions>,
  epochs: Iterable<EpochBatch>,
  { batch, seed, from = START }: BatchOptions,
): Generator<Batch> {
  const dim = images.rows.cols;
  const x = new Float32Array(batch * dim);
  const y = new Float32Array(batch * dim);
  const stream = from.random.length > 0 ? randomFromState(from.random) : random(streamSeed(seed, VIEW_STREAM));
  try {
    for (const { indices, cursor } of epochs) {
      indices.forEach((row, slot) => {
        const pixels = rowRange(images.rows, row, row + 1).data;
        drawView(images, pixels, views, stream, x.subarray(slot * dim, (slot + 1) * dim));
        drawView(images, pixels, views, stream, y.subarray(slot * dim, (slot + 1) * dim));
      });
      yield { size: batch, x, y, cursor: { ...cursor, random: stream.state() } };
    }
  } finally {
    stream.dispose?.();
  }
}

function drawView(
  { width, height, channels }: ImageRows,
  pixels: Float32Array,
  { crop, shift, flip, noise }: Required<ViewOptions>,
  stream: Random,
  out: Float32Array,
): void {
  const scale = 1 - (1 - crop) * stream.uniform();
  const columns = axisSamples(width, scale, shift, stream);
  const rows = axisSamples(height, scale, shift, stream);
  if (flip && stream.below(2) === 1) columns.reverse();
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let c = 0; c < channels; c++) out[at++] = interpolate(pixels, width, channels, row, column, c);
    }
  }
  if (noise > 0) for (let i = 0; i < out.length; i++) out[i] += noise * stream.normal();
}

/** A place between two lines of pixels: `first` and `second`, the latter counted by `part`. */
interface Sample {
  readonly first: number;
  readonly second: number;
  readonly part: number;
}

/** Where the `size` lines of a view lie in an image of that size, for a crop of `scale` at a random place. */
function axisSamples(size: number, scale: number, shift: number, stream: Random): Sample[] {
  const start = -shift + (size - size * scale + 2 * shift) * stream.uniform();
  return Array.from({ length: size }, (_, i) => {
    const place = Math.min(size - 1, Math.max(0, start + (i + 0.5) * scale - 0.5));
    const first = Math.floor(place);
    return { first, second: Math.min(size - 1, first + 1), part: place - first };
  });
}

function interpolate(
  pixels: Float32Array,
  width: number,
  channels: number,
  row: Sample,
  column: Sample,
  channel: number,
): number {
  const along = (line: number) => {
    const start = line * width * channels + channel;
    return (
      (1 - column.part) * pixels[start + column.first * channels] +
      column.part * pixels[start + column.second * channels]
    );
  };
  return (1 - row.part) * along(row.first) + row.part * along(row.second);
}

function checkedViews(views: Required<ViewOptions>): Required<ViewOptions> {
  const { crop, shift, noise } = views;
  if (!(crop > 0 && crop <= 1)) throw new OptionsError(`crop must be above 0 and at most 1, got ${crop}`);
  for (const [name, value] of Object.entries({ shift, noise })) {
    if (!(value >= 0 && Number.isFinite(value)))
      throw new OptionsError(`${name} must be a finite number from 0, got ${value}`);
  }
  return views;
}

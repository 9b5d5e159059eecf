import type { DrawingBytes, Matrix } from 'kantorovich';
import type { Pictures } from '../pictures.js';
import type { MethodId } from '../training/methods.js';

/** What a gallery shows. */
export interface GallerySetup {
  readonly drawings: DrawingBytes;
  /** Digits a side of a picture. */
  readonly k: number;
  /** Decides which pairs are shown. */
  readonly seed: number;
}

/** The pictures of a gallery. */
export interface Gallery {
  /** Some pairs as training has them. */
  readonly x: Pictures;
  readonly y: Pictures;
  /** The pictures of the map, of digits that no encoder is trained on: each repeats one class in all of its cells. */
  readonly references: Pictures;
  /** The same as encoders take them, a row each. */
  readonly rows: Matrix;
  /** The class of each. */
  readonly labels: Uint8Array;
}

/** Where a model puts the pictures of the map. */
export interface Placement {
  /** x and y of each, in -1 to 1: along the first two principal components, turned as the last ones were. */
  readonly points: Float32Array;
  /** Of all variance of the embeddings, the share that two components hold. */
  readonly share: number;
  /** The visitor's digit, where there is one. */
  readonly drawn: Found | null;
}

/** Where a digit lies in a map, and what lies nearest in all dimensions. */
export interface Found {
  readonly point: readonly [x: number, y: number];
  /** Pictures of the map, the nearest first. */
  readonly nearest: readonly number[];
  /** The class of most of them, and of how many. */
  readonly reading: number;
  readonly votes: number;
}

/** What the gallery's worker offers. */
export interface GalleryService {
  open(setup: GallerySetup): Promise<Gallery>;
  /** A map of embeddings of the gallery's pictures; one row more is the visitor's digit. */
  place(method: MethodId, embeddings: Matrix): Placement;
}

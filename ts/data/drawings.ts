import { DataError, ShapeError } from '../wasm/errors.js';
import { shownKind } from '../wasm/shown.js';
import type { Image } from './image.js';
import type { Split } from './pair-source.js';
import { resizeImage } from './resize.js';

/** A set of small square grey drawings of several classes, such as handwritten digits. */
export interface Drawings {
  /** Pixels a side. */
  readonly size: number;
  /** count x size x size, in [0, 1]: ink is 1. */
  readonly pixels: Float32Array;
  /** Of each class, which drawings belong to it. */
  readonly classes: readonly Uint32Array[];
}

/** Drawings as they are kept on disk: a byte a pixel. */
export interface DrawingBytes {
  readonly size: number;
  /** count x size x size. */
  readonly pixels: Uint8Array;
  /** The class of each drawing. */
  readonly labels: Uint8Array;
}

/**
 * Drawings of `tile` pixels a side, resized by area averaging.
 *
 * @throws {ShapeError} on what are no drawings, or where pixels and labels do not fit together
 * @throws {OptionsError} on a tile that is no whole number from 1
 */
export function drawingsOfSize(given: DrawingBytes, tile: number): Drawings {
  checkBytes(given);
  const { size, pixels, labels } = given;
  if (pixels.length !== labels.length * size * size) {
    throw new ShapeError(
      `${labels.length} drawings of ${size} x ${size} are ${labels.length * size * size} pixels, got ${pixels.length}`,
    );
  }
  const ink = new Float32Array(pixels.length);
  for (let i = 0; i < ink.length; i++) ink[i] = pixels[i] / 255;
  // One below the other they are one image, in which no new pixel reaches over two drawings.
  const stack: Image = { width: size, height: labels.length * size, channels: 1, data: ink };
  const { data } = labels.length === 0 ? stack : resizeImage(stack, tile, labels.length * tile);
  return { size: tile, pixels: data, classes: classMembers(labels) };
}

function checkBytes(given: DrawingBytes): void {
  const { size, pixels, labels }: Partial<DrawingBytes> = given ?? {};
  const isSize = Number.isSafeInteger(size) && Number(size) > 0;
  if (isSize && pixels instanceof Uint8Array && labels instanceof Uint8Array) return;
  const found =
    size === undefined || pixels === undefined || labels === undefined
      ? shownKind(given)
      : `{ size: ${shownKind(size)}, pixels: ${shownKind(pixels)}, labels: ${shownKind(labels)} }`;
  throw new ShapeError(
    `drawings must be { size, pixels, labels }, pixels a side from 1 and two Uint8Arrays, got ${found}`,
  );
}

/**
 * The drawings of one part: of every class the first three fifths for training, a fifth for validation, the last fifth
 * for testing, in the set's own order.
 *
 * @throws {DataError} where there are no drawings, or a class has none in this part
 */
export function splitDrawings(drawings: Drawings, split: Split): Drawings {
  if (drawings.classes.length === 0) throw new DataError('expected drawings of at least one class, got no drawings');
  const classes = drawings.classes.map((members, index) => {
    const [start, end] = splitRange(members.length, split);
    if (end === start) throw new DataError(`class ${index} has ${members.length} drawings, none of them for ${split}`);
    return members.subarray(start, end);
  });
  return { ...drawings, classes };
}

/** Which of `count` things in order belong to a part: 60 % training, 20 % validation, 20 % test, as [start, end). */
export function splitRange(count: number, split: Split): readonly [number, number] {
  const first = Math.floor((count * 3) / 5);
  const second = Math.floor((count * 4) / 5);
  switch (split) {
    case 'train':
      return [0, first];
    case 'validation':
      return [first, second];
    case 'test':
      return [second, count];
  }
}

function classMembers(labels: Uint8Array): readonly Uint32Array[] {
  const members: number[][] = Array.from(
    { length: labels.reduce((most, label) => Math.max(most, label + 1), 0) },
    () => [],
  );
  labels.forEach((label, i) => {
    members[label].push(i);
  });
  return members.map((list) => Uint32Array.from(list));
}

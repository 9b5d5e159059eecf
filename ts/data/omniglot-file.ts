import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError } from '../wasm/errors.js';
import type { DrawingBytes, Drawings } from './drawings.js';
import type { Split } from './pair-source.js';

/** The characters of one alphabet, each drawn by the same people in the same order. */
export interface Alphabet {
  readonly name: string;
  /** Ordered by character, then by who drew it. */
  readonly drawings: DrawingBytes;
}

/** The index beside the images, as far as it is read here. */
interface OmniglotIndex {
  readonly image_shape: readonly number[];
  readonly drawers_per_character: number;
  readonly alphabets: readonly { readonly name: string; readonly characters: number; readonly first_image: number }[];
  readonly g28: { readonly file: string; readonly bytes: number; readonly sha256_raw: string };
}

const INDEX = 'omniglot-small.json';

/** Who drew what is trained on, chosen by and tested on: drawers 1 to 12, 13 to 15, and 16 to 20. */
const DRAWERS: Readonly<Record<Split, readonly [start: number, end: number]>> = {
  train: [0, 12],
  validation: [12, 15],
  test: [15, 20],
};
const DRAWER_COUNT = 20;

/**
 * The alphabets of the compact Omniglot, 28 x 28 pixels, the largest first: the folder holds `omniglot-small.json` and
 * the file of images that it names.
 *
 * @throws {DataError} where a file is missing, cut short or changed
 * @see Lake et al. 2015, Science 350, 1332-1338
 */
export async function loadOmniglot(folder: string): Promise<readonly Alphabet[]> {
  const index = parseIndex(await readBytes(join(folder, INDEX)), join(folder, INDEX));
  const pixels = unpack(await readBytes(join(folder, index.g28.file)), join(folder, index.g28.file), index);
  const [size] = index.image_shape;
  return index.alphabets.map(({ name, characters, first_image: first }) => {
    const count = characters * index.drawers_per_character;
    return {
      name,
      drawings: {
        size,
        pixels: pixels.subarray(first * size * size, (first + count) * size * size),
        labels: Uint8Array.from({ length: count }, (_, i) => Math.floor(i / index.drawers_per_character)),
      },
    };
  });
}

/** An alphabet's drawings by the people of one part: 12 of the 20 for training, 3 for validation, 5 for testing. */
export function splitByDrawer(drawings: Drawings, split: Split): Drawings {
  return { ...drawings, classes: drawings.classes.map((members) => members.subarray(...DRAWERS[split])) };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new DataError(`omniglot: cannot read ${path} (${reason}): expected the folder with ${INDEX} in it`, {
      cause: error,
    });
  }
}

function parseIndex(bytes: Uint8Array, path: string): OmniglotIndex {
  try {
    const index: OmniglotIndex = JSON.parse(new TextDecoder().decode(bytes));
    const [rows, cols] = index.image_shape;
    const isWhole = index.g28.bytes === imageCount(index) * rows * cols && rows === cols;
    if (isWhole && index.alphabets.length > 0 && index.drawers_per_character === DRAWER_COUNT) return index;
  } catch {
    // Said below, with what was expected.
  }
  throw new DataError(`omniglot: ${path} is not the index of alphabets drawn by ${DRAWER_COUNT} people each`);
}

function imageCount({ alphabets, drawers_per_character: drawers }: OmniglotIndex): number {
  return alphabets.reduce((count, { characters }) => count + characters * drawers, 0);
}

function unpack(compressed: Uint8Array, path: string, { g28 }: OmniglotIndex): Uint8Array {
  let pixels: Uint8Array;
  try {
    pixels = gunzipSync(compressed);
  } catch (error) {
    throw new DataError(`omniglot: ${path} is no whole gzip file: copy it again`, { cause: error });
  }
  if (pixels.length !== g28.bytes) {
    throw new DataError(`omniglot: ${path} holds ${pixels.length} bytes, the index says ${g28.bytes}: copy it again`);
  }
  if (createHash('sha256').update(pixels).digest('hex') !== g28.sha256_raw) {
    throw new DataError(`omniglot: the bytes of ${path} are not those that the index names (SHA-256): copy it again`);
  }
  return pixels;
}

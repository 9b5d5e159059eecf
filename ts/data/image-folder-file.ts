import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../wasm/errors.js';
import { matrix } from '../wasm/matrix.js';
import { type DecodeOptions, imageDecoder } from './decode-image.js';
import type { Image } from './image.js';
import type { ImageRows } from './image-rows.js';
import { naturalOrder } from './natural-order.js';
import { cropToShape, resizeImage } from './resize.js';

/** How a folder's images are read. */
export interface ImageFolderOptions extends DecodeOptions {
  /** Pixels a side: each image's largest middle square is resized to it. Null: as they are, all of one size. */
  readonly tile: number | null;
  /** What happens where a .png or .jpg cannot be decoded: left out and counted, or refused with a DataError. */
  readonly damaged: 'skip' | 'refuse';
}

/** A folder's images, in the natural order of their names, and what was left out. */
export interface ImageFolder extends ImageRows {
  readonly names: readonly string[];
  readonly skipped: {
    /** Names of images that could not be decoded. */
    readonly damaged: readonly string[];
    /** How many other files and folders there were; hidden ones are not counted. */
    readonly stray: number;
  };
}

interface NamedImage {
  readonly name: string;
  readonly image: Image;
}

const AT_ONCE = 8;

/**
 * Reads the .png, .jpg and .jpeg files of a folder (in any case; hidden files, and folders inside, are not read).
 *
 * @throws {DataError} on a folder that cannot be read or holds no image, on images of different sizes where none is
 * asked for, and on a damaged image where those are refused
 */
export async function readImageFolder(folder: string, options: ImageFolderOptions): Promise<ImageFolder> {
  const { names, stray } = await listImages(folder);
  const decode = await imageDecoder(options);
  const images: NamedImage[] = [];
  const damaged: string[] = [];
  for (let start = 0; start < names.length; start += AT_ONCE) {
    const some = names.slice(start, start + AT_ONCE);
    const decoded = await Promise.all(some.map((name) => readImage(folder, name, decode, options)));
    decoded.forEach((image, i) => {
      if (image === null) damaged.push(some[i]);
      else images.push({ name: some[i], image });
    });
  }
  if (images.length === 0) {
    throw new DataError(
      `${folder}: expected .png or .jpg files, found none (${damaged.length} damaged, ${stray} other entries)`,
    );
  }
  return { ...stack(images, folder), names: images.map(({ name }) => name), skipped: { damaged, stray } };
}

async function listImages(folder: string): Promise<{ readonly names: readonly string[]; readonly stray: number }> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const visible = entries.filter(({ name }) => !name.startsWith('.') && name !== 'Thumbs.db');
    const images = visible.filter((entry) => !entry.isDirectory() && /\.(png|jpe?g)$/i.test(entry.name));
    return { names: images.map(({ name }) => name).sort(naturalOrder), stray: visible.length - images.length };
  } catch (error) {
    throw new DataError(`cannot read the folder ${folder}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

async function readImage(
  folder: string,
  name: string,
  decode: (bytes: Uint8Array) => Promise<Image>,
  { tile, damaged }: ImageFolderOptions,
): Promise<Image | null> {
  const path = join(folder, name);
  const bytes = await readFile(path);
  try {
    const image = await decode(bytes);
    return tile === null ? image : resizeImage(cropToShape(image, 1, 1), tile, tile);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    if (damaged === 'skip') return null;
    throw new DataError(`${path}: ${error.message}`, { cause: error });
  }
}

function stack(images: readonly NamedImage[], folder: string): ImageRows {
  const { name: first, image } = images[0];
  const { width, height, channels, data } = image;
  const rows = matrix(new Float32Array(images.length * data.length), images.length, data.length);
  images.forEach((other, i) => {
    if (other.image.width !== width || other.image.height !== height) {
      throw new DataError(
        `${folder}: ${first} is ${width} x ${height}, ${other.name} ${other.image.width} x ${other.image.height}; give a tile size`,
      );
    }
    rows.data.set(other.image.data, i * data.length);
  });
  return { width, height, channels, rows };
}

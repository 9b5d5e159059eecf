import { DataError } from '../wasm/errors.js';
import type { Image } from './image.js';
import { loadOptionalPackage } from './optional-package.js';

/** How a picture's colours become numbers. */
export interface DecodeOptions {
  /** 1: grey, the luma .299 R + .587 G + .114 B of the sRGB values; 3: R, G, B. */
  readonly channels: 1 | 3;
  /** Transparent pixels are blended over this colour, each channel from 0 to 255; black if not given. */
  readonly background?: readonly [red: number, green: number, blue: number];
}

const PNG = [0x89, 0x50, 0x4e, 0x47];
const JPEG = [0xff, 0xd8, 0xff];

/**
 * A decoder of PNG (of any bit depth, palettes among them) and JPEG files by the optional package sharp; images are
 * turned upright where their EXIF data say how, 16-bit colours reduced to 8 bits. The decoder throws a DataError on
 * other files and on damaged ones.
 *
 * @throws {DataError} where sharp is not installed
 */
export async function imageDecoder(options: DecodeOptions): Promise<(bytes: Uint8Array) => Promise<Image>> {
  const { default: sharp } = await loadOptionalPackage('sharp', 'reading images', () => import('sharp'));
  return async (bytes) => {
    if (![PNG, JPEG].some((magic) => magic.every((byte, i) => bytes[i] === byte))) {
      throw new DataError(`neither PNG nor JPEG (${bytes.length} bytes)`);
    }
    const upright = sharp(bytes, { failOn: 'error' }).rotate().toColourspace('srgb').ensureAlpha();
    try {
      const { data, info } = await upright.raw().toBuffer({ resolveWithObject: true });
      return toImage(data, info, options);
    } catch (error) {
      throw new DataError(`cannot be decoded: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  };
}

interface RawInfo {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** From bytes of R, G, B and alpha, or of grey and alpha. */
function toImage(bytes: Uint8Array, { width, height, channels: given }: RawInfo, options: DecodeOptions): Image {
  const { channels, background = [0, 0, 0] } = options;
  const data = new Float32Array(width * height * channels);
  const colour = [0, 0, 0];
  for (let pixel = 0; pixel < width * height; pixel++) {
    const start = pixel * given;
    const alpha = bytes[start + given - 1] / 255;
    for (let c = 0; c < 3; c++) {
      const value = bytes[start + (given === 4 ? c : 0)];
      colour[c] = (alpha * value + (1 - alpha) * background[c]) / 255;
    }
    if (channels === 3) data.set(colour, pixel * 3);
    else data[pixel] = (299 * colour[0] + 587 * colour[1] + 114 * colour[2]) / 1000;
  }
  return { width, height, channels, data };
}

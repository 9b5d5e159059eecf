import { OptionsError } from '../wasm/errors.js';
import { readJsonlFile, readNpyFile } from './array-file.js';
import { arrayPairs } from './array-pairs.js';
import { loadDigits } from './digits-file.js';
import { drawingsOfSize, splitDrawings, splitRange } from './drawings.js';
import { fixedPairs } from './fixed-pairs.js';
import { gaussianPairs } from './gaussian-pairs.js';
import { type ImageFolder, readImageFolder } from './image-folder-file.js';
import { framePairs, halfPairs } from './image-pairs.js';
import { loadOmniglot, splitByDrawer } from './omniglot-file.js';
import type { PairSource, PairSplits, Split } from './pair-source.js';
import type { DigitsSpec, FolderSpec, OmniglotSpec, PairSpec } from './pair-spec.js';
import { checkedPairs, type Pairs } from './pairs.js';
import { rowRange, splitPairs, splitRows } from './row-splits.js';
import { digitGrid, spatialGrid } from './spatial-grid.js';
import { DEFAULT_VIEWS, viewPairs } from './view-pairs.js';

/** The opened parts of a data set, and what its reader should tell the user. */
export interface OpenedPairs extends PairSplits {
  /** A sentence for each thing worth knowing, such as how many files were skipped. */
  readonly notes: readonly string[];
}

type PartOf = (split: Split) => PairSource;

interface Opened {
  readonly part: PartOf;
  readonly notes?: readonly string[];
}

/**
 * Builds the sources that a description stands for, in Node: reads its files and divides them into parts of 60 % for
 * training, 20 % for validation and 20 % for testing. Frames are divided in three stretches, digits by drawing, characters
 * by who drew them, all else by every fifth image or row. Parts of small data sets may be empty.
 *
 * @throws {DataError} on files that are missing, damaged or need a package that is not installed
 * @throws {OptionsError} on options out of range
 */
export async function openPairs(spec: PairSpec): Promise<OpenedPairs> {
  const { part, notes = [] } = await open(spec);
  const { trainingPairs, trainingSeed = 0 } = spec;
  const endless = part('train');
  const train = trainingPairs === undefined ? endless : await fixedPairs(endless, trainingPairs, trainingSeed);
  return { train, validation: part('validation'), test: part('test'), notes };
}

const KINDS: readonly PairSpec['kind'][] = [
  'digits',
  'omniglot',
  'gaussians',
  'halves',
  'frames',
  'views',
  'npy',
  'jsonl',
  'arrays',
];

async function open(spec: PairSpec): Promise<Opened> {
  switch (spec?.kind) {
    case 'digits':
      return openDigits(spec);
    case 'omniglot':
      return openOmniglot(spec);
    case 'gaussians':
      return { part: (split) => gaussianPairs({ ...spec, split }) };
    case 'halves':
    case 'frames':
    case 'views':
      return openFolder(spec);
    case 'npy':
      return openRows({ x: await readNpyFile(spec.x), y: await readNpyFile(spec.y) });
    case 'jsonl':
      return openRows(await readJsonlFile(spec.file));
    case 'arrays':
      return openRows(spec.pairs);
    default: {
      const { kind } = Object(spec satisfies never) as { readonly kind?: unknown };
      throw new OptionsError(`kind must be one of ${KINDS.join(', ')}, got ${String(kind)}`);
    }
  }
}

function openRows(pairs: Pairs): Opened {
  checkedPairs(pairs);
  return { part: (split) => arrayPairs(splitPairs(pairs, split)) };
}

async function openDigits({ k, tile = 14 }: DigitsSpec): Promise<Opened> {
  const drawings = drawingsOfSize(await loadDigits(), tile);
  return { part: (split) => digitGrid({ k, drawings, split }) };
}

async function openOmniglot({ alphabets: count, layout, dataDir, tile = 14 }: OmniglotSpec): Promise<Opened> {
  const alphabets = await loadOmniglot(dataDir);
  if (!Number.isSafeInteger(count) || count < 1 || count > alphabets.length + 1) {
    throw new OptionsError(`omniglot has ${alphabets.length} alphabets, and digits as one more, got ${count} cells`);
  }
  const characters = alphabets.slice(0, count).map((alphabet) => drawingsOfSize(alphabet.drawings, tile));
  const digits = count > alphabets.length ? [drawingsOfSize(await loadDigits(), tile)] : [];
  return {
    part: (split) => {
      const cells = [
        ...characters.map((drawings) => splitByDrawer(drawings, split)),
        ...digits.map((drawings) => splitDrawings(drawings, split)),
      ];
      return spatialGrid({ cells, split, ...(layout && { layout }) });
    },
  };
}

async function openFolder(spec: Extract<PairSpec, FolderSpec>): Promise<Opened> {
  const { folder, tile = 32, channels = 1 } = spec;
  // A frame left out would pair its neighbours.
  const damaged = spec.kind === 'frames' ? 'refuse' : 'skip';
  const images = await readImageFolder(folder, { tile, channels, damaged });
  return { part: (split) => folderPart(spec, images, split), notes: skippedNotes(folder, images) };
}

function folderPart(spec: Extract<PairSpec, FolderSpec>, images: ImageFolder, split: Split): PairSource {
  switch (spec.kind) {
    case 'halves':
      return arrayPairs(halfPairs({ ...images, rows: splitRows(images.rows, split) }));
    case 'frames':
      return arrayPairs(framePairs({ ...images, rows: rowRange(images.rows, ...splitRange(images.rows.rows, split)) }));
    case 'views': {
      const views = Object.fromEntries(Object.entries(spec).filter(([name]) => Object.hasOwn(DEFAULT_VIEWS, name)));
      return viewPairs({ ...images, rows: splitRows(images.rows, split) }, views);
    }
    default:
      return spec satisfies never;
  }
}

function skippedNotes(folder: string, { names, skipped }: ImageFolder): readonly string[] {
  const { damaged, stray } = skipped;
  const notes: string[] = [];
  if (stray > 0) notes.push(`${folder}: ${names.length} images, ${stray} other entries skipped`);
  if (damaged.length > 0)
    notes.push(`${folder}: ${damaged.length} damaged images skipped: ${damaged.slice(0, 5).join(', ')}`);
  return notes;
}

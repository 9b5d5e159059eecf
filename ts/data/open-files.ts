import { OptionsError } from '../wasm/errors.js';
import { readJsonlFile, readNpyFile } from './array-file.js';
import { arrayPairs } from './array-pairs.js';
import { loadDigits } from './digits-file.js';
import { drawingsOfSize, splitDrawings, splitRange } from './drawings.js';
import { type ImageFolder, readImageFolder } from './image-folder-file.js';
import { framePairs, halfPairs } from './image-pairs.js';
import { loadOmniglot, splitByDrawer } from './omniglot-file.js';
import { type FileSpec, openGrids, openRows, type ReadParts } from './open-pairs.js';
import type { PairSource, Split } from './pair-source.js';
import type { FolderSpec, OmniglotSpec, PairSpec } from './pair-spec.js';
import { rowRange, splitRows } from './row-splits.js';
import { spatialGrid } from './spatial-grid.js';
import { DEFAULT_VIEWS, viewPairs } from './view-pairs.js';

/** Reads the files of a description, in Node: what `provideFiles` takes. */
export async function openFiles(spec: FileSpec): Promise<ReadParts> {
  switch (spec.kind) {
    case 'digits':
      return openGrids(spec, await loadDigits());
    case 'omniglot':
      return openOmniglot(spec);
    case 'npy':
      return openRows({ x: await readNpyFile(spec.x), y: await readNpyFile(spec.y) });
    case 'jsonl':
      return openRows(await readJsonlFile(spec.file));
    default:
      return openFolder(spec);
  }
}

async function openOmniglot({ alphabets: count, layout, dataDir, tile = 14 }: OmniglotSpec): Promise<ReadParts> {
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

async function openFolder(spec: Extract<PairSpec, FolderSpec>): Promise<ReadParts> {
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

import { OptionsError } from '../wasm/errors.js';
import { shown, shownKind } from '../wasm/shown.js';
import { type ArrayPairs, arrayPairs, toPairs } from './array-pairs.js';
import { type DrawingBytes, drawingsOfSize } from './drawings.js';
import { fixedPairs } from './fixed-pairs.js';
import { gaussianPairs } from './gaussian-pairs.js';
import type { PairSource, PairSplits, Split } from './pair-source.js';
import type { DigitsSpec, PairSpec } from './pair-spec.js';
import { splitPairs } from './row-splits.js';
import { digitGrid } from './spatial-grid.js';

/** The opened parts of a data set, and what its reader should tell the user. */
export interface OpenedPairs extends PairSplits {
  /** A sentence for each thing worth knowing, such as how many files were skipped. */
  readonly notes: readonly string[];
}

/** A data set that was read, to be divided. */
export interface ReadParts {
  part(split: Split): PairSource;
  readonly notes?: readonly string[];
}

/** Descriptions of what lies in files. */
export type FileSpec = Exclude<PairSpec, { readonly kind: 'gaussians' | 'arrays' }>;

let openFiles: ((spec: FileSpec) => Promise<ReadParts>) | null = null;

/** Tells how files are read; Node's entry does. */
export function provideFiles(open: (spec: FileSpec) => Promise<ReadParts>): void {
  openFiles = open;
}

/**
 * Builds the sources that a description stands for: reads its files, which only Node can, and divides them into parts of
 * 60 % for training, 20 % for validation and 20 % for testing. Frames are divided in three stretches, digits by drawing,
 * characters by who drew them, all else by every fifth image or row. Parts of small data sets may be empty.
 *
 * @throws {DataError} on files that are missing, damaged or need a package that is not installed
 * @throws {ShapeError} on arrays or drawings of shapes that do not fit together
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

const ARRAYS_FORM = "{ kind: 'arrays', pairs: { x, y } }";

async function open(spec: PairSpec): Promise<ReadParts> {
  if (!KINDS.includes(spec?.kind)) throw new OptionsError(kindMissing(spec));
  if (spec.kind === 'gaussians') return { part: (split) => gaussianPairs({ ...spec, split }) };
  if (spec.kind === 'arrays') {
    if (spec.pairs === undefined) throw new OptionsError(`arrays are given as ${ARRAYS_FORM}, got no pairs`);
    return openRows(spec.pairs);
  }
  if (spec.kind === 'digits' && spec.drawings !== undefined) return openGrids(spec, spec.drawings);
  if (openFiles !== null) return openFiles(spec);
  const others = 'arrays, gaussians, or digits with their drawings';
  throw new OptionsError(`${spec.kind} lies in files, which are read in Node only: elsewhere use ${others}`);
}

/** What to say of a description without a known kind: what was meant may be plain to see. */
function kindMissing(spec: unknown): string {
  if (typeof spec === 'string') {
    const text = shownKind(spec.length > 60 ? `${spec.slice(0, 60)}...` : spec);
    return `data are described by an object, got the text ${text}: parsePairSpec(text) makes one of it`;
  }
  if (typeof spec !== 'object' || spec === null) {
    return `data are described by an object such as ${ARRAYS_FORM}, got ${shown(spec)}`;
  }
  const kind = 'kind' in spec ? spec.kind : undefined;
  if (kind === undefined && 'x' in spec && 'y' in spec) {
    return `data need a kind: x and y in memory are given as ${ARRAYS_FORM}`;
  }
  return `kind must be one of ${KINDS.join(', ')}, got ${shown(kind)}`;
}

/** Grids of drawings, which are divided by drawing. */
export function openGrids({ k, tile = 14 }: DigitsSpec, given: DrawingBytes): ReadParts {
  const drawings = drawingsOfSize(given, tile);
  return { part: (split) => digitGrid({ k, drawings, split }) };
}

/** Arrays, divided by every fifth row. */
export function openRows(given: ArrayPairs): ReadParts {
  const pairs = toPairs(given);
  return { part: (split) => arrayPairs(splitPairs(pairs, split)) };
}

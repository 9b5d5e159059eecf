import { OptionsError } from '../wasm/errors.js';
import type { FolderSpec, PairSpec, SharedSpec } from './pair-spec.js';

/** The forms that {@link parsePairSpec} knows, for messages and help. */
export const PAIR_SPEC_FORMS: readonly string[] = [
  'digits:3x3[,tile=14]',
  'omniglot:2x2,dir=DIR[,tile=14][,stacked=true|false]',
  'gaussians:20,nats=8',
  'halves:DIR[,tile=32][,channels=1|3]',
  'frames:DIR[,tile=32][,channels=1|3]',
  'views:DIR[,tile=32][,channels=1|3][,crop=0.7][,shift=0][,flip=true|false][,noise=0.05]',
  'npy:X.npy,Y.npy',
  'jsonl:FILE.jsonl',
];

const SHARED = ['pairs', 'pairs-seed'] as const;
const FOLDER = ['tile', 'channels', ...SHARED] as const;
const VIEWS = ['crop', 'shift', 'flip', 'noise', ...FOLDER] as const;

/** What a description may leave out. */
export interface PairSpecDefaults {
  /** The folder of data that stand in none of their own, where the text names none (`dir=`). */
  readonly dataDir?: string;
}

type Fields = ReadonlyMap<string, string>;

/**
 * The source that a --data argument describes: a kind, a colon, what it is made from, and options name=value after
 * commas. All take `pairs=N` (a fixed training set of N pairs) and `pairs-seed=S`; `omniglot` alone is `omniglot:2x2`.
 *
 * @throws {OptionsError} on anything else, with the forms that are known
 */
export function parsePairSpec(text: string, defaults: PairSpecDefaults = {}): PairSpec {
  const { dataDir } = defaults ?? {};
  if (text === 'omniglot') return parseOmniglot('2x2', dataDir);
  if (typeof text !== 'string') throw new OptionsError(`data must be described by a text, got ${text}`);
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(0, colon));
  const rest = text.slice(colon + 1);
  switch (kind) {
    case 'digits':
      return parseDigits(rest);
    case 'omniglot':
      return parseOmniglot(rest, dataDir);
    case 'gaussians':
      return parseGaussians(rest);
    case 'halves':
    case 'frames':
      return { kind, ...folderSpec(splitFields(rest, FOLDER)) };
    case 'views':
      return parseViews(rest);
    case 'npy':
      return parseNpy(rest);
    case 'jsonl': {
      const { main, fields } = splitFields(rest, SHARED);
      return { kind, file: required(main, 'a file'), ...shared(fields) };
    }
    default:
      throw new OptionsError(`data must be one of ${PAIR_SPEC_FORMS.join(', ')}; got '${text}'`);
  }
}

function parseDigits(rest: string): PairSpec {
  const { main, fields } = splitFields(rest, ['tile', ...SHARED]);
  return { kind: 'digits', k: gridSide('digits', main), ...counted(fields, 'tile', 'tile'), ...shared(fields) };
}

function parseOmniglot(rest: string, fallback: string | undefined): PairSpec {
  const { main, fields } = splitFields(rest, ['dir', 'tile', 'stacked', ...SHARED]);
  const side = gridSide('omniglot', main);
  const dataDir = fields.get('dir') ?? fallback;
  if (dataDir === undefined || dataDir === '') {
    throw new OptionsError('omniglot needs its folder: --data-dir DIR, or omniglot:2x2,dir=DIR');
  }
  const isStacked = flag(fields, 'stacked');
  return {
    kind: 'omniglot',
    alphabets: side * side,
    ...(isStacked !== undefined && { layout: isStacked ? ('stack' as const) : ('grid' as const) }),
    dataDir,
    ...counted(fields, 'tile', 'tile'),
    ...shared(fields),
  };
}

function parseGaussians(rest: string): PairSpec {
  const { main, fields } = splitFields(rest, ['nats', ...SHARED]);
  const nats = fields.get('nats');
  if (!/^[1-9]\d*$/.test(main) || nats === undefined) {
    throw new OptionsError(`gaussians need dimensions and nats, as in gaussians:20,nats=8; got '${rest}'`);
  }
  return { kind: 'gaussians', dimensions: number('gaussians', main), nats: number('nats', nats), ...shared(fields) };
}

/** Cells a side of a grid such as 3x3. */
function gridSide(kind: string, main: string): number {
  const match = /^(\d+)x(\d+)$/.exec(main);
  if (match === null || match[1] !== match[2] || Number(match[1]) < 1) {
    throw new OptionsError(`${kind} must be a square grid such as ${kind}:3x3, got '${main}'`);
  }
  return Number(match[1]);
}

function parseViews(rest: string): PairSpec {
  const parts = splitFields(rest, VIEWS);
  const flip = flag(parts.fields, 'flip');
  const numbers = ['crop', 'shift', 'noise'].flatMap((name) => {
    const value = parts.fields.get(name);
    return value === undefined ? [] : [[name, number(name, value)] as const];
  });
  return {
    kind: 'views',
    ...folderSpec(parts),
    ...Object.fromEntries(numbers),
    ...(flip !== undefined && { flip }),
  };
}

function parseNpy(rest: string): PairSpec {
  const { main, fields } = splitFields(rest, SHARED);
  const files = main.split(',');
  if (files.length !== 2 || files.includes('')) {
    throw new OptionsError(`npy needs two files, as in npy:x.npy,y.npy; got '${main}'`);
  }
  return { kind: 'npy', x: files[0], y: files[1], ...shared(fields) };
}

/** Options stand at the end; a path before them may hold commas itself. */
function splitFields(text: string, names: readonly string[]): { readonly main: string; readonly fields: Fields } {
  const parts = text.split(',');
  const fields = new Map<string, string>();
  while (parts.length > 1 && /^[a-z-]+=/.test(parts[parts.length - 1])) {
    const part = parts[parts.length - 1];
    const [name, ...value] = part.split('=');
    if (!names.includes(name)) throw new OptionsError(`'${part}': options here are ${names.join(', ')}`);
    if (fields.has(name)) throw new OptionsError(`${name} is given twice in '${text}'`);
    fields.set(name, value.join('='));
    parts.pop();
  }
  return { main: parts.join(','), fields };
}

function folderSpec({ main, fields }: { readonly main: string; readonly fields: Fields }): FolderSpec {
  const channels = fields.get('channels');
  if (channels !== undefined && channels !== '1' && channels !== '3') {
    throw new OptionsError(`channels must be 1 (grey) or 3 (colour), got '${channels}'`);
  }
  return {
    folder: required(main, 'a folder'),
    ...counted(fields, 'tile', 'tile'),
    ...(channels !== undefined && { channels: channels === '1' ? (1 as const) : (3 as const) }),
    ...shared(fields),
  };
}

function shared(fields: Fields): SharedSpec {
  return { ...counted(fields, 'pairs', 'trainingPairs'), ...counted(fields, 'pairs-seed', 'trainingSeed', 0) };
}

function counted<Key extends string>(
  fields: Fields,
  name: string,
  key: Key,
  least = 1,
): { readonly [K in Key]?: number } {
  const value = fields.get(name);
  if (value === undefined) return {};
  const count = number(name, value);
  if (!Number.isSafeInteger(count) || count < least) {
    throw new OptionsError(`${name} must be a whole number from ${least}, got '${value}'`);
  }
  return { [key]: count } as { readonly [K in Key]?: number };
}

function flag(fields: Fields, name: string): boolean | undefined {
  const value = fields.get(name);
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false') throw new OptionsError(`${name} must be true or false, got '${value}'`);
  return value === 'true';
}

function number(name: string, value: string): number {
  const parsed = value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(parsed)) throw new OptionsError(`${name} must be a number, got '${value}'`);
  return parsed;
}

function required(main: string, what: string): string {
  if (main === '') throw new OptionsError(`expected ${what} after the colon`);
  return main;
}

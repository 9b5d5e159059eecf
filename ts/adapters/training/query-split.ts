import { streamSeed } from '../../data/seeds.js';
import { checkOptions } from '../../wasm/check-options.js';
import { DataError, OptionsError } from '../../wasm/errors.js';
import { random } from '../../wasm/random.js';
import { shown } from '../../wasm/shown.js';
import type { Relevance } from '../inputs/relevance.js';

/** How judged queries are divided. */
export interface SplitOptions {
  /**
   * `query`: each query lies in one part, with all queries of the same vector. `document`: so does each document, with
   * its copies by vector and every query that one of them is relevant to, and documents of test queries are not even searched before the report. Default
   * `query`.
   */
  readonly by?: 'query' | 'document';
  /** Share of the queries for early stopping and for the verdict, above 0. Default 0.15. */
  readonly validation?: number;
  /** Share of the queries for the report, above 0. Default 0.25. */
  readonly test?: number;
}

/** Rows of judged queries, each in one part; none is in two. */
export interface QueryParts {
  readonly train: readonly number[];
  /** A third of validation: says when to stop, and which checkpoint and learning rate is kept. */
  readonly stopping: readonly number[];
  /** Two thirds of validation, seen by no choice: says whether the adapter is better than none. */
  readonly verdict: readonly number[];
  /** Only the report sees these. */
  readonly test: readonly number[];
}

/** Which rows are copies. */
export interface Twins {
  /** A number for each query, the same for queries of the same vector. */
  readonly queryTwins: Uint32Array;
  /** A number for each document, likewise. */
  readonly documentTwins: Uint32Array;
}

const [STREAM, FOLD_STREAM] = [1, 3];

/**
 * Divides the queries that have a relevant document.
 *
 * @throws {OptionsError} on shares out of range and options that there are not
 * @throws {DataError} where a part would be empty
 */
export function splitQueries(relevance: Relevance, twins: Twins, split: SplitOptions, seed: number): QueryParts {
  checkOptions(split, { by: true, validation: true, test: true }, 'split');
  const { by = 'query', validation = 0.15, test = 0.25 } = split;
  checkShares(by, validation, test);
  const judged = [...relevance.keys()].filter((query) => (relevance[query]?.length ?? 0) > 0);
  const groups = groupsOf(judged, relevance, twins, by);
  const draw = random(streamSeed(seed, STREAM));
  const order = [...draw.permutation(groups.length)].map((at) => groups[at]);
  draw.dispose();
  const room = (share: number): Room => ({ rows: [], size: Math.max(1, Math.round(share * judged.length)) });
  const held = { test: room(test), stopping: room(validation / 3), verdict: room((2 * validation) / 3) };
  const left = fill(Object.values(held), order);
  const sorted = (rows: readonly number[]) => [...rows].sort((a, b) => a - b);
  const parts = {
    test: sorted(held.test.rows),
    stopping: sorted(held.stopping.rows),
    verdict: sorted(held.verdict.rows),
    train: sorted(left.flat()),
  };
  for (const [name, part] of Object.entries(parts)) {
    if (part.length === 0) throw new DataError(emptyPart(name, judged.length, groups.length, by));
  }
  return parts;
}

/** A part that is being filled. */
interface Room {
  readonly rows: number[];
  /** Queries that fit. */
  readonly size: number;
}

/**
 * Puts each group in the first part with room for it and returns those that fit in none, which are to be trained on. A
 * part that is left empty takes the smallest of these.
 */
function fill(parts: readonly Room[], groups: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const left: (readonly number[])[] = [];
  for (const group of groups) {
    const part = parts.find(({ rows, size }) => rows.length + group.length <= size);
    if (part === undefined) left.push(group);
    else append(part.rows, group);
  }
  for (const { rows } of parts) {
    if (rows.length > 0 || left.length === 0) continue;
    const smallest = left.reduce((least, group) => (group.length < least.length ? group : least));
    append(rows, smallest);
    left.splice(left.indexOf(smallest), 1);
  }
  return left;
}

/** One by one: a group may have more queries than a call takes arguments. */
function append(rows: number[], more: readonly number[]): void {
  for (const row of more) rows.push(row);
}

/**
 * Divides queries into `folds` parts of about one size, keeping together what {@link splitQueries} does.
 *
 * @param rows judged queries
 */
export function foldQueries(
  relevance: Relevance,
  twins: Twins,
  { rows, folds, by }: { readonly rows: readonly number[]; readonly folds: number; readonly by: 'query' | 'document' },
  seed: number,
): readonly (readonly number[])[] {
  const groups = groupsOf(rows, relevance, twins, by);
  const draw = random(streamSeed(seed, FOLD_STREAM));
  const order = [...draw.permutation(groups.length)];
  draw.dispose();
  const parts: number[][] = Array.from({ length: folds }, () => []);
  for (const at of order) {
    const smallest = parts.reduce((least, part) => (part.length < least.length ? part : least));
    append(smallest, groups[at]);
  }
  return parts.map((part) => part.sort((a, b) => a - b));
}

/** A number for each of the rows, the same for those that {@link splitQueries} keeps together. */
export function unitsOf(
  relevance: Relevance,
  twins: Twins,
  rows: readonly number[],
  by: 'query' | 'document',
): readonly number[] {
  const groups = groupsOf(rows, relevance, twins, by);
  const unit = new Map(groups.flatMap((group, at) => group.map((row) => [row, at] as const)));
  return rows.map((row) => unit.get(row) ?? -1);
}

function emptyPart(name: string, queries: number, groups: number, by: string): string {
  const what = by === 'query' ? 'different queries' : 'groups of queries that share no document';
  return (
    `${queries} queries with a relevant document make ${groups} ${what}, and none is left for ${name}: at least 4 are ` +
    'needed, for training, stopping, the verdict and the test'
  );
}

/** Queries that must stay together. */
function groupsOf(judged: readonly number[], relevance: Relevance, twins: Twins, by: string): number[][] {
  const { queryTwins, documentTwins } = twins;
  const parent = new Map<string, string>();
  const root = (key: string): string => {
    let at = key;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) {
      parent.set(at, parent.get(up) ?? up);
      at = up;
    }
    return at;
  };
  const groupOf = (query: number) => `q${queryTwins[query]}`;
  if (by === 'document') {
    for (const query of judged) {
      for (const { document } of relevance[query] ?? [])
        parent.set(root(groupOf(query)), root(`d${documentTwins[document]}`));
    }
  }
  const groups = new Map<string, number[]>();
  for (const query of judged) {
    const key = root(groupOf(query));
    const group = groups.get(key);
    if (group) group.push(query);
    else groups.set(key, [query]);
  }
  return [...groups.values()];
}

function checkShares(by: string, validation: number, test: number): void {
  if (by !== 'query' && by !== 'document')
    throw new OptionsError(`split.by must be query or document, got ${shown(by)}`);
  for (const [name, share] of Object.entries({ validation, test })) {
    if (!(share > 0 && share < 1))
      throw new OptionsError(`split.${name} must be a share between 0 and 1, got ${shown(share)}`);
  }
  if (validation + test >= 1) {
    throw new OptionsError(`split.validation + split.test must leave something to train on, got ${validation + test}`);
  }
}

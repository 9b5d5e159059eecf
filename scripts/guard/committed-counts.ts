// Counts of instructions that were committed, and how counts found now compare with them.
import { readFileSync, writeFileSync } from 'node:fs';

/** Counts by the name of what was counted. */
export type Counts = Readonly<Record<string, number>>;

/** What has become of committed counts. */
export interface Comparison {
  /** A sentence for each count that is above what is allowed, or that only one side has. */
  readonly failures: readonly string[];
  /** A sentence for each that is below what was committed. */
  readonly falls: readonly string[];
}

/** The counts that a file holds for one compiler or Node; null where it holds none. */
export function readCounts(file: string, holdsFor: string): Counts | null {
  return readAll(file)[holdsFor] ?? null;
}

/** Replaces the counts that a file holds for one compiler or Node. */
export function writeCounts(file: string, holdsFor: string, counts: Counts): void {
  writeFileSync(file, `${JSON.stringify({ ...readAll(file), [holdsFor]: counts }, null, 2)}\n`);
}

/** Holds counts against committed ones; `most` gives the largest that a committed one allows. */
export function compareCounts(found: Counts, committed: Counts, most: (count: number) => number): Comparison {
  const known = Object.keys(found).filter((name) => name in committed);
  return {
    failures: [
      ...known
        .filter((name) => found[name] > most(committed[name]))
        .map((name) => `${change(name, found, committed)}, at most ${most(committed[name])} allowed`),
      ...Object.keys(found)
        .filter((name) => !(name in committed))
        .map((name) => `${name}: no count was committed`),
      ...Object.keys(committed)
        .filter((name) => !(name in found))
        .map((name) => `${name}: it was committed, and is gone`),
    ],
    falls: known.filter((name) => found[name] < committed[name]).map((name) => change(name, found, committed)),
  };
}

function change(name: string, found: Counts, committed: Counts): string {
  return `${name}: ${found[name]} instructions, ${committed[name]} were committed`;
}

function readAll(file: string): Record<string, Counts> {
  return JSON.parse(readFileSync(file, 'utf8'));
}

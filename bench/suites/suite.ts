import type { Problem } from '../problem.js';

/** How much of a suite to do: `check` takes tiny sizes, for answers only; `quick` the most telling cases. */
export type Extent = 'full' | 'quick' | 'check';

/** One line of a record: a description as the JSON has it, and the problem it stands for. */
export interface BenchCase {
  /** The record's `case` object; its form is part of the JSON's contract. */
  readonly description: Readonly<Record<string, string | number>>;
  /** A few words for the table and the progress line. */
  readonly label: string;
  problem(): Problem;
}

/** A named family of cases; one file each in this folder. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  cases(extent: Extent): readonly BenchCase[];
}

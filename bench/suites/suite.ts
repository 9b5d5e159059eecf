import type { Answer, Problem } from '../problem.js';
import type { Limits } from '../process/limits.js';
import type { Effort } from '../timing.js';

/** How much of a suite to do: `check` takes tiny sizes, for answers only; `quick` the most telling cases. */
export type Extent = 'full' | 'quick' | 'check';

/** One line of a record: a description as the JSON has it, and the problem it stands for. */
export interface BenchCase {
  /** The record's `case` object; its form is part of the JSON's contract. */
  readonly description: Readonly<Record<string, string | number>>;
  /** A few words for the table and the progress line. */
  readonly label: string;
  problem(): Problem;
  /** The answer in float64, where it is known; else engines are held against the first of them. */
  expected?(): Answer;
  /** Floating-point operations in the matrix products that a run needs, where the limit is of interest. */
  readonly flops?: number;
  /** The same work of this library without what the case adds to it, timed beside it. */
  readonly baseline?: Baseline;
}

/** What a case is set against besides the peers. */
export interface Baseline {
  /** As the record's `ms` and `ratio` name it. */
  readonly name: string;
  problem(): Problem;
  /** What of an answer to its problem the case's own answers have too. */
  comparable(answer: Answer): Answer;
}

/** How long to measure, and what an engine may take. */
export interface Measurement {
  readonly effort: Effort;
  readonly limits: Limits;
}

/** A named family of cases; one file each in this folder. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  /** What is measured, in one line. */
  readonly about: string;
  /**
   * `interleaved`: all engines take turns on a case. `apart`: one engine after the other, each in a process that did
   * nothing but smaller cases of this suite, until it fails or passes a limit; the larger cases are then without it,
   * and so are those that would, going by the operations in them.
   */
  readonly order: 'interleaved' | 'apart';
  /** Why an engine of the tables may have no way to do a case, where that can be said. */
  readonly gap?: string;
  /** What the table says of threads, where it is not one each. */
  readonly threads?: string;
  readonly measurement: Readonly<Record<Exclude<Extent, 'check'>, Measurement>>;
  cases(extent: Extent): readonly BenchCase[];
}

/** More than most laptops can spare for one program. */
const mostBytes = 8 * 2 ** 30;

const [patient, hasty] = [{ longRun: 8_000 }, { longRun: 3_000 }];

/** For suites whose engines take turns. */
export const inTurns: Suite['measurement'] = {
  full: { effort: { rounds: 15, budget: 7_000, ...patient }, limits: { milliseconds: 5_000, bytes: mostBytes } },
  quick: { effort: { rounds: 7, budget: 1_500, ...hasty }, limits: { milliseconds: 1_000, bytes: mostBytes } },
};

/** For suites whose engines run apart. */
export const alone: Suite['measurement'] = {
  full: { effort: { rounds: 7, budget: 2_000, ...patient }, limits: { milliseconds: 20_000, bytes: mostBytes } },
  quick: { effort: { rounds: 5, budget: 500, ...hasty }, limits: { milliseconds: 1_000, bytes: mostBytes } },
};

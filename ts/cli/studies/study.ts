import type { StudyResult } from './results-file.js';
import type { StudyTask } from './run-tasks.js';

/** What every study can be told. */
export interface StudyOptions {
  readonly quick?: boolean;
  readonly seeds: number;
  /** Training steps of each run; those of the plan if not given. */
  readonly steps?: number;
  /** The folder of Omniglot; runs that need it are left out where it is not given. */
  readonly dataDir?: string;
}

/** Makes the runs of a stage; those of a later one may depend on the results of one before. */
export type StudyStage = (options: StudyOptions, results: readonly StudyResult[]) => readonly StudyTask[];

/** A study: runs, and what is made of their results. */
export interface Study {
  readonly name: string;
  readonly summary: string;
  /** How long it takes, in words. */
  readonly duration: string;
  readonly stages: readonly StudyStage[];
  /** The tables as markdown; `foot` says what made the results. */
  page(results: readonly StudyResult[], foot: string): string;
  /** Loads what draws the figure as an SVG file, and the packages that it needs. */
  loadFigure(): Promise<(results: readonly StudyResult[]) => string>;
}

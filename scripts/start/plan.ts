import { METHODS, type Method } from '../../ts/cli/studies/methods.js';

/** One of the models that `npm start` trains. */
export type PlannedModel = Method;

/** What all models share. */
export const SHARED = {
  /** Cells a side. */
  grid: 3,
  /** Pixels a side of a cell. */
  tile: 14,
  /** Widths after the input. */
  encoder: '256-256-64',
  batch: 64,
  learningRate: 5e-4,
  steps: 2000,
} as const;

/** The models, in the order of the table. */
export const PLAN: readonly PlannedModel[] = METHODS;

import { METHODS } from '../methods.js';
import { type Summary, summarise } from '../summary.js';
import { type Cell, type GridsKey, isInCell, type Setting } from './plan.js';
import type { GridsResult } from './train.js';

/** A finished run of the study. */
export interface GridsRun {
  readonly key: GridsKey;
  readonly result: GridsResult;
}

/** The runs of a method in a cell of a sweep, one a seed. */
export function runsIn(runs: readonly GridsRun[], cell: Cell, method: string): readonly GridsRun[] {
  return runs.filter(({ key }) => key.phase === 'run' && key.method === method && isInCell(key, cell));
}

/** Test accuracy after all steps, mean and spread over seeds. */
export function accuracyAtEnd(runs: readonly GridsRun[], cell: Cell, method: string): Summary | null {
  return summarise(runsIn(runs, cell, method).flatMap(({ result }) => result.curve.at(-1)?.test ?? []));
}

/**
 * Seconds of training for all steps of a method in a cell, of the quickest seed: the others differ by what else the
 * machine did. Null where there are none.
 */
export function trainingSeconds(runs: readonly GridsRun[], cell: Cell, method: string): number | null {
  const seconds = runsIn(runs, cell, method).flatMap(({ key, result }) =>
    result.secondsPerStep === null ? [] : [key.steps * result.secondsPerStep],
  );
  return seconds.length === 0 ? null : Math.min(...seconds);
}

/** The seconds that the quickest method takes for all its steps in a cell: what every method is given. */
export function timeLimit(runs: readonly GridsRun[], cell: Cell): number | null {
  const seconds = METHODS.flatMap(({ id }) => trainingSeconds(runs, cell, id) ?? []);
  return seconds.length === 0 ? null : Math.min(...seconds);
}

/** Test accuracy after `limit` seconds of training, mean and spread over seeds, read off the curves of probes. */
export function accuracyAtTime(runs: readonly GridsRun[], cell: Cell, method: string, limit: number): Summary | null {
  const seconds = trainingSeconds(runs, cell, method);
  if (seconds === null) return null;
  return summarise(
    runsIn(runs, cell, method).flatMap(
      ({ key, result }) => interpolated(result.curve, (key.steps * limit) / seconds) ?? [],
    ),
  );
}

/**
 * The curve's value at a step, on the straight line between the probes before and after it; null before the first one,
 * the last one's after it.
 */
export function interpolated(curve: GridsResult['curve'], step: number): number | null {
  const after = curve.findIndex((point) => point.step >= step);
  if (after < 0) return curve.at(-1)?.test ?? null;
  const { step: end, test } = curve[after];
  if (end === step) return test;
  if (after === 0) return null;
  const before = curve[after - 1];
  return before.test + ((test - before.test) * (step - before.step)) / (end - before.step);
}

/** The best setting of each method by validation drawings; a method whose search is not complete is not in it. */
export function chosenSettings(runs: readonly GridsRun[], search: readonly GridsKey[]): ReadonlyMap<string, Setting> {
  const found = runs.filter(({ key }) => key.phase === 'search');
  const chosen = METHODS.flatMap(({ id }) => {
    const own = found.filter(({ key }) => key.method === id);
    const planned = search.filter(({ method }) => method === id).length;
    if (own.length < planned || planned === 0) return [];
    const best = own.reduce((a, b) => (validationOf(b) > validationOf(a) ? b : a));
    const { learningRate, temperature, coefficient } = best.key;
    return [[id, { learningRate, temperature, coefficient }] as const];
  });
  return new Map(chosen);
}

/** What settings are chosen by; below any accuracy where the run failed. */
export function validationOf({ result }: GridsRun): number {
  return result.curve.at(-1)?.validation ?? -1;
}

import { lossCase, square } from './loss.js';
import { stepCase } from './step.js';
import { type BenchCase, type Extent, inTurns, type Suite } from './suite.js';

/** How many workers share a case: as many as the smallest machines have cores. */
export const shared = 2;

/** Steps and losses that workers share. */
export const workers: Suite = {
  name: 'workers',
  title: 'Workers',
  about: `a training step and a loss shared by ${shared} workers, beside one worker, and none`,
  order: 'interleaved',
  threads: `${shared} threads for kantorovich`,
  measurement: inTurns,
  cases: (extent) => cases[extent],
};

// 130 rows are two whole blocks of 64 and a part of one.
const cases: Readonly<Record<Extent, readonly BenchCase[]>> = {
  check: [step([37, 19, 11, 5], 130), step([37, 19, 11, 5], 130, 6), loss(130, 17)],
  quick: [step([784, 512, 256, 64], 256), loss(1024, 128)],
  full: [step([784, 512, 256, 64], 256), step([7056, 512, 256, 128], 512), loss(4096, 128)],
};

function step(widths: readonly number[], n: number, points = 0): BenchCase {
  return named('step', stepCase({ widths, n, points }));
}

function loss(n: number, d: number): BenchCase {
  return named('loss', lossCase(square('cpc', 'bilinear', n, d)));
}

function named(kind: string, { label, problem }: BenchCase): BenchCase {
  const what = `${kind} ${label}`;
  return { description: { what, workers: shared }, label: what, problem };
}

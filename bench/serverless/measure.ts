import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Extent } from '../suites/suite.js';
import { type ColdStart, coldStarts } from './cold-starts.js';
import { type Load, measureLoad } from './load.js';
import { makeProject, type Project } from './project.js';

/** A fit by posted pairs, in a fresh process. */
export interface PostedFit {
  readonly pairs: number;
  readonly seconds: number;
  /** Seconds of all its threads. */
  readonly cpu: number;
}

/** What the function takes in its runtimes. */
export interface ServerlessFigures {
  readonly starts: readonly ColdStart[];
  readonly load: Load;
  readonly fit: PostedFit;
  /** Bytes under gzip of each file that is deployed to workerd. */
  readonly bundle: ReadonlyMap<string, number>;
  /** Wrong answers, and requests that failed. */
  readonly faults: readonly string[];
}

/** How much of each an extent does. */
const EXTENTS: Readonly<
  Record<
    Extent,
    { readonly starts: number; readonly concurrent: number; readonly rounds: number; readonly pairs: number }
  >
> = {
  check: { starts: 1, concurrent: 50, rounds: 1, pairs: 200 },
  quick: { starts: 5, concurrent: 1000, rounds: 5, pairs: 2000 },
  full: { starts: 15, concurrent: 1000, rounds: 20, pairs: 2000 },
};

/** Measures all of it, in processes of their own. */
export async function measureServerless(
  extent: Extent,
  onProgress: (state: string) => void,
): Promise<ServerlessFigures> {
  const { starts: rounds, pairs, ...requests } = EXTENTS[extent];
  const project = await makeProject(pairs);
  try {
    const { starts, faults } = await coldStarts(project, rounds, onProgress);
    const load = await measureLoad(project, requests, onProgress);
    onProgress(`serverless: a fit on ${pairs} pairs`);
    const { fit, fault } = await postedFit(project, pairs);
    const failed = load.errors > 0 ? [`serverless: ${load.errors} requests of ${load.concurrent} at once failed`] : [];
    return { starts, load, fit, bundle: project.bundle, faults: [...faults, ...failed, ...fault] };
  } finally {
    await project.remove();
  }
}

async function postedFit(
  { folder }: Project,
  pairs: number,
): Promise<{ readonly fit: PostedFit; readonly fault: readonly string[] }> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'fit.mjs')], { cwd: folder });
  const { status, improved, seconds, cpu } = JSON.parse(stdout);
  const isRight = status === 200 && improved === true;
  return {
    fit: { pairs, seconds, cpu },
    fault: isRight ? [] : [`serverless: the fit ended with ${stdout.slice(0, 200)}`],
  };
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binaries } from '../../scripts/runtimes/binaries.js';
import { serveWorkerd } from '../../scripts/runtimes/workerd.js';
import { tolerance } from '../compare.js';
import { median } from '../timing.js';
import type { Project } from './project.js';

/** Milliseconds from the start of a process to its first answer, medians. */
export interface ColdStart {
  readonly runtime: Runtime;
  readonly embedding: number;
  /** Of a function that does nothing. */
  readonly empty: number;
}

/** What is started. */
export type Runtime = 'node' | 'deno' | 'bun' | 'workerd';
/** Of `programs/`; those for workerd have `-worker` behind. */
type Program = 'embedding' | 'empty';

const RUNTIMES: readonly Runtime[] = ['node', 'deno', 'bun', 'workerd'];
const PROGRAMS: readonly Program[] = ['embedding', 'empty'];
const COMPATIBILITY_DATE = '2026-11-01';

/** What a cold start may take beside an empty function. */
export function allowed({ empty }: Pick<ColdStart, 'empty'>): number {
  return 1.3 * empty + 30;
}

/** Starts each runtime `rounds` times with and without the library, in turns; a wrong embedding is a fault. */
export async function coldStarts(
  project: Project,
  rounds: number,
  onProgress: (state: string) => void,
): Promise<{ readonly starts: readonly ColdStart[]; readonly faults: readonly string[] }> {
  const faults = new Set<string>();
  const starts: ColdStart[] = [];
  for (const runtime of RUNTIMES) {
    const times: Record<Program, number[]> = { embedding: [], empty: [] };
    for (let round = 0; round < rounds; round++) {
      onProgress(`serverless: cold starts of ${runtime}, ${round + 1} of ${rounds}`);
      for (const program of PROGRAMS) {
        const { text, ms } = await firstAnswer(project, runtime, program);
        times[program].push(ms);
        const isWrong = program === 'embedding' && !isRight(text, project.embedding);
        if (isWrong) faults.add(`serverless: ${runtime} answers ${text.slice(0, 200)}`);
      }
    }
    starts.push({ runtime, embedding: median(times.embedding), empty: median(times.empty) });
  }
  return { starts, faults: [...faults] };
}

interface FirstAnswer {
  readonly text: string;
  readonly ms: number;
}

function firstAnswer(project: Project, runtime: Runtime, program: Program): Promise<FirstAnswer> {
  if (runtime === 'workerd') return served(project, program);
  const bundle = runtime === 'deno' ? 'function-deno' : 'function';
  const file = program === 'empty' ? 'empty.mjs' : `deployed/${bundle}/embedding.mjs`;
  return printed(project, COMMANDS[runtime], file);
}

const COMMANDS: Readonly<Record<Exclude<Runtime, 'workerd'>, readonly [string, ...string[]]>> = {
  node: [process.execPath],
  deno: [binaries.deno, 'run', '--no-remote', '--allow-read'],
  bun: [binaries.bun],
};

/** A process that prints its answer and ends. */
async function printed(
  { folder }: Project,
  [binary, ...args]: readonly [string, ...string[]],
  file: string,
): Promise<FirstAnswer> {
  const env = { ...process.env, DENO_DIR: join(folder, 'deno'), DENO_NO_UPDATE_CHECK: '1' };
  const began = performance.now();
  const { stdout } = await promisify(execFile)(binary, [...args, file], { cwd: folder, env });
  return { text: stdout, ms: performance.now() - began };
}

/** A server that is asked once it listens. */
async function served({ folder }: Project, program: Program): Promise<FirstAnswer> {
  const body = await readFile(join(folder, 'request.json'), 'utf8');
  const headers = { 'content-type': 'application/json' };
  const began = performance.now();
  const { address, stop } = await serveWorkerd(join(folder, `${program}-worker`), COMPATIBILITY_DATE);
  try {
    const text = await (await fetch(`${address}/embed`, { method: 'POST', headers, body })).text();
    return { text, ms: performance.now() - began };
  } finally {
    await stop();
  }
}

function isRight(text: string, expected: readonly number[]): boolean {
  const { x }: { x?: readonly (readonly number[])[] } = JSON.parse(text);
  const [row = []] = x ?? [];
  return row.length === expected.length && row.every((value, i) => Math.abs(value - (expected[i] ?? 0)) <= tolerance);
}

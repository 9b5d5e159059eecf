import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const temporary = temporaryFolder();
const KEYS = ['objective', 'critic', 'lipschitz', 'value', 'logN', 'mutualInformation', 'wdm', 'lipschitzConstant'];
const MORE_KEYS = ['metric', 'w1LowerBound', 'probe', 'seconds'];
const SMALL = ['--steps', '3', '--probe-items', '120', '--json'];

/** What `npm start` runs, without npm. */
function start(args: readonly string[], onOutput?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void) {
  const command = ['--import', 'tsx', 'scripts/start/main.ts', ...args];
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    onOutput?.(stdout, (signal) => child.kill(signal));
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const lines = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('npm start', () => {
  it('trains, judges and reports every model, and the second time only what is missing', async () => {
    const first = await start([...SMALL, '--out', temporary()]);
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    const rows = JSON.parse(await readFile(join(temporary(), 'results.json'), 'utf8'));
    expect(lines(first.stdout).at(-1)).toMatchObject({ done: true, results: rows });
    checkRows(rows);
    checkPage(await readFile(join(temporary(), 'report.html'), 'utf8'));

    await rm(join(temporary(), 'models', 'cpc-cosine.json'));
    const second = await start([...SMALL, '--out', temporary()]);
    expect(second.code).toBe(0);
    const steps = lines(second.stdout).slice(0, -1);
    expect(new Set(steps.map(({ model }) => model))).toEqual(new Set(['cpc-cosine']));
    const again = JSON.parse(await readFile(join(temporary(), 'results.json'), 'utf8'));
    expect(again.map(withoutSeconds)).toEqual(rows.map(withoutSeconds));
  }, 300_000);

  it('stops on Ctrl-C with exit code 130', async () => {
    let isStopped = false;
    const { code, stdout } = await start(['--steps', '300', '--json', '--out', temporary()], (soFar, kill) => {
      if (isStopped || !soFar.includes('\n')) return;
      isStopped = true;
      kill('SIGINT');
    });
    expect(lines(stdout).at(-1)).toMatchObject({ done: false });
    expect(code).toBe(130);
  }, 120_000);

  it('refuses a wrong argument in one line', async () => {
    const { code, stdout, stderr } = await start(['--steps', 'many']);
    expect(stderr).toMatch(/^npm start: option '--steps <number>' argument 'many' is invalid[^\n]*\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

function checkRows(rows: readonly { readonly [name: string]: unknown }[]): void {
  for (const row of rows) {
    // What no search was made in, a baseline, has no steepest pair.
    const keys = [...KEYS, ...MORE_KEYS, ...(row.critic === null ? [] : ['steepestSlope'])];
    expect(Object.keys(row).sort()).toEqual(keys.sort());
  }
  const named = rows.map(({ objective, critic, lipschitz }) => [objective, critic, lipschitz]);
  expect(named).toEqual([
    ['cpc', 'separable', 'none'],
    ['cpc', 'cosine', 'none'],
    ['wpc', 'separable', 'gradient-penalty'],
    ['wdm', 'separable', 'gradient-penalty'],
    ['wpc', 'distance', 'orthonormal'],
    ['raw-pixels', null, null],
    ['principal-components', null, null],
    ['untrained', null, null],
  ]);
  for (const { mutualInformation } of rows) expect(mutualInformation).toBeCloseTo(20.723, 3);
  const certified = rows.filter(({ lipschitzConstant }) => lipschitzConstant !== null);
  expect(certified.map(({ objective, critic }) => [objective, critic])).toEqual([['wpc', 'distance']]);
  expect(certified[0].lipschitzConstant).toBeCloseTo(Math.SQRT2 / 0.3, 1);
  for (const { value, logN } of rows.slice(0, 2)) expect(value).toBeLessThanOrEqual(Number(logN));
}

function checkPage(html: string): void {
  const { document } = new JSDOM(html).window;
  expect(document.querySelectorAll('figure')).toHaveLength(4);
  expect(document.querySelectorAll('#accuracy .wide [aria-label=line] path')).toHaveLength(5);
  expect(document.querySelectorAll('#embeddings .panel')).toHaveLength(6);
  expect(document.querySelectorAll('img')).toHaveLength(8);
}

function withoutSeconds({ seconds: _, ...row }: { readonly seconds: number }): object {
  return row;
}

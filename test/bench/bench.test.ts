import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Remote } from '../../bench/process/remote.js';
import { engineNames, openEngines } from '../../bench/roster.js';
import { runCase } from '../../bench/run.js';
import { loss } from '../../bench/suites/loss.js';
import { step } from '../../bench/suites/step.js';

const cases = [loss, step].flatMap((suite) =>
  suite.cases('check').map((one) => [`${suite.name} ${one.label}`, one] as const),
);

let engines: readonly Remote[] = [];

beforeAll(async () => {
  engines = await openEngines(engineNames);
}, 120_000);

afterAll(() => {
  for (const engine of engines) engine.close();
});

describe('engines', () => {
  it('are all there that npm installs', () => {
    const names = engines.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['kantorovich', 'plain-js', 'tfjs-cpu', 'tfjs-wasm', 'jax-js']));
  });

  it.each(cases)('give one answer: %s', async (_, one) => {
    const { faults, differences, ms } = await runCase(one, engines, null);
    expect(faults).toEqual([]);
    expect([...differences.keys()]).toEqual(engines.map(({ name }) => name));
    expect(ms.size).toBe(0);
  });
});

describe('runCase', () => {
  const [one] = loss.cases('check');

  it('times every engine that agrees', async () => {
    const { ms } = await runCase(one, engines, { rounds: 1, budget: 0 });
    expect([...ms.keys()]).toEqual(engines.map(({ name }) => name));
    for (const median of ms.values()) expect(median).toBeGreaterThan(0);
  });

  it('reports an engine that answers otherwise and does not time it', async () => {
    const wrong = engines.map((engine) =>
      engine.name === 'jax-js' ? { ...engine, answer: () => wronged(engine) } : engine,
    );
    const { ms, faults } = await runCase(one, wrong, { rounds: 1, budget: 0 });
    expect(faults).toEqual([expect.stringMatching(/^cpc bilinear n 33 d 17: jax-js differs from .* by 1\.\de-3$/)]);
    expect(ms.has('jax-js')).toBe(false);
    expect(ms.has('plain-js')).toBe(true);
  });
});

async function wronged(engine: Remote) {
  const answer = await engine.answer();
  return { ...answer, value: answer.value.map((value) => value * 1.001) };
}

describe('the command', () => {
  it('checks the answers of a suite', () => {
    const { status, stdout } = bench('step', '--check', '--engines', 'plain-js,tfjs-wasm');
    expect(stdout).toMatch(/^37-19-11-5 n 13 +plain-js +0\.0e\+0 +\d\.\de-\d+$/m);
    expect(status).toBe(0);
  });

  it.each([
    [['speed'], /'speed' is invalid/],
    [['--engines', 'torch'], /Allowed are kantorovich, plain-js/],
    [['--check', '--quick'], /cannot be used with/],
  ])('refuses %j in a line, with exit code 2', (args, message) => {
    const { status, stderr } = bench(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(status).toBe(2);
  });
});

function bench(...args: string[]) {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));
  return spawnSync(process.execPath, ['--import', tsx, main, ...args], { encoding: 'utf8' });
}

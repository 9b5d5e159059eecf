import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureSuite } from '../../bench/measure.js';
import type { Remote } from '../../bench/process/remote.js';
import { nodeEngines, openEngines, roster, withKernels } from '../../bench/roster.js';
import { gemm } from '../../bench/suites/gemm.js';
import { loss } from '../../bench/suites/loss.js';
import { scale } from '../../bench/suites/scale.js';
import { step } from '../../bench/suites/step.js';
import type { BenchCase } from '../../bench/suites/suite.js';

let engines: readonly Remote[] = [];

beforeAll(async () => {
  ({ engines } = await openEngines(roster()));
}, 120_000);

afterAll(() => {
  for (const engine of engines) engine.close();
});

describe('engines', () => {
  it('are all there that npm installs', () => {
    expect(engines.map(({ name }) => name)).toEqual(expect.arrayContaining([...nodeEngines]));
  });

  it.each([gemm, loss, step, scale].map((suite) => [suite.name, suite] as const))(
    'give one answer to every case of %s',
    async (_, suite) => {
      for (const { one, outcome } of await measureSuite(suite, 'check', engines)) {
        const { faults, differences, stopped, ms } = outcome;
        expect([...faults, ...stopped.keys()], one.label).toEqual([]);
        expect([...differences.keys()], one.label).toEqual(expect.arrayContaining([...ableTo(one)]));
        expect(ms.size).toBe(0);
      }
    },
  );
});

/** A penalty needs second derivatives, which of npm's engines only ours has; it is set against our step without. */
function ableTo({ baseline }: BenchCase): readonly string[] {
  return baseline ? ['kantorovich', baseline.name] : nodeEngines.filter((name) => name !== withKernels);
}

describe('the command', () => {
  it('checks the answers of a suite', () => {
    const { status, stdout } = bench('step', '--check', '--engines', 'plain-js,tfjs-wasm');
    expect(stdout).toMatch(/^37-19-11-5 n 13 +plain-js +0\.0e\+0 +\d\.\de-\d+( +-)?$/m);
    expect(status).toBe(0);
  });

  it.each([
    [['speed'], /'speed' is invalid/],
    [['--engines', 'torch'], /no engine 'torch'. Allowed are kantorovich, plain-js/],
    [['--python', 'cupy=python3'], /Expected pytorch or jax or numpy/],
    [['--python', 'jax-js=python3'], /Expected pytorch or jax or numpy/],
    [['loss', '--figure', 'bench.svg'], /draws the suite 'scale'/],
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

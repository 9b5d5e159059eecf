import { describe, expect, it } from 'vitest';
import type { Result } from '../../bench/measure.js';
import { EngineStopped } from '../../bench/process/limits.js';
import { gemm } from '../../bench/suites/gemm.js';
import { scale } from '../../bench/suites/scale.js';
import { step } from '../../bench/suites/step.js';
import { tfjs } from '../../bench/suites/tfjs.js';
import { differenceTable, timedTables } from '../../bench/tables.js';
import { brief, emptyCase } from './faulty.js';

const outcome: Result['outcome'] = {
  differences: new Map([
    ['kantorovich', 0],
    ['jax-js', 2e-6],
  ]),
  reference: 'float64',
  faults: [],
  stopped: new Map([['plain-js', new EngineStopped('slow', 'no answer in 0.5 s')]]),
  ms: new Map([
    ['kantorovich', 2],
    ['without-penalty', 1.6],
    ['jax-js', 5],
  ]),
  limitMs: 1.5,
  memory: new Map([
    ['kantorovich', { peakBytes: 100 * 2 ** 20, wasmBytes: 20 * 2 ** 20 }],
    ['jax-js', { peakBytes: 300 * 2 ** 20 }],
  ]),
};

const engines = ['kantorovich', 'plain-js', 'tfjs-cpu', 'jax-js'];

function shown(suite: typeof gemm, one: Result['one']) {
  return { suite, results: [{ one, outcome }], limits: brief.limits, engines };
}

describe('timedTables', () => {
  it('has speeds and the share of the limit where operations are counted', () => {
    const text = timedTables(shown(gemm, { ...emptyCase(1), flops: 60e6 }));
    expect(text).toMatch(/^case +kantorovich +limit +reached +plain-js +tfjs-cpu +jax-js$/m);
    expect(text).toMatch(/^n 1 +30\.0 +40\.0 +75 % +> 0\.5 s +- +12\.0 \(2\.50x\)$/m);
    expect(text).toMatch(/^> 0\.5 s: too slow, one run takes longer; left out\.$/m);
    expect(text).toMatch(/^-: the engine has no way to do it\.$/m);
  });

  it('shows a wrong answer as such', () => {
    const differences = new Map([...outcome.differences, ['tfjs-cpu', 0.1] as const]);
    const wrong = { ...outcome, differences, faults: ['n 1: tfjs-cpu differs'] };
    const text = timedTables({ ...shown(scale, emptyCase(1)), results: [{ one: emptyCase(1), outcome: wrong }] });
    expect(text).toMatch(/^n 1 +2\.00 +> 0\.5 s +wrong +5\.00 \(2\.50x\)$/m);
    expect(text).toMatch(/^wrong: its answer differs/m);
    expect(text).not.toMatch(/^-:/m);
  });

  it('says why there is a gap, where a suite knows', () => {
    const text = timedTables({ ...shown(tfjs, emptyCase(1)), engines: ['kantorovich', 'tfjs-wasm'] });
    expect(text).toMatch(/^-: tfjs-wasm as it comes cannot train convolutions: .*Conv2DBackpropFilter\.$/m);
  });

  it('sets our own step against that without the penalty', () => {
    const baseline = { name: 'without-penalty', problem: emptyCase(1).problem, comparable: () => ({}) };
    const text = timedTables(shown(step, { ...emptyCase(1), baseline }));
    expect(text).toMatch(/^n 1 +2\.00 +> 0\.5 s +- +5\.00 \(2\.50x\)$/m);
    expect(text).toMatch(/^n 1 +2\.00 +1\.60 +1\.25x$/m);
  });

  it('has the memory of processes that ran apart', () => {
    const text = timedTables(shown(scale, emptyCase(1)));
    expect(text).toMatch(/^case +kantorovich +its wasm +plain-js +tfjs-cpu +jax-js$/m);
    expect(text).toMatch(/^n 1 +100 +20\.0 +> 0\.5 s +- +300$/m);
  });
});

describe('differenceTable', () => {
  it('says what answers were held against, and how far they are', () => {
    expect(differenceTable(shown(scale, emptyCase(1)))).toMatch(/^n 1 +float64 +0\.0e\+0 +- +- +2\.0e-6$/m);
  });
});

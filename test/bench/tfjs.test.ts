import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureSuite } from '../../bench/measure.js';
import type { Remote } from '../../bench/process/remote.js';
import { benchRecord } from '../../bench/record.js';
import { openEngines, roster, withKernels } from '../../bench/roster.js';
import { tfjs } from '../../bench/suites/tfjs.js';
import { countTensors } from '../../bench/tfjs/count-tensors.js';
import { leakOf, tfjsRecords, tfjsTables } from '../../bench/tfjs/report.js';

let engines: readonly Remote[] = [];

beforeAll(async () => {
  const asked = ['kantorovich', 'tfjs-cpu', 'tfjs-wasm', withKernels];
  ({ engines } = await openEngines(roster().filter(({ name }) => asked.includes(name))));
}, 120_000);

afterAll(() => {
  for (const engine of engines) engine.close();
});

describe('the suite of TensorFlow.js', () => {
  it('finds one answer with every engine, and that its wasm backend cannot train convolutions', async () => {
    const [dense, conv] = await measureSuite(tfjs, 'check', engines);
    for (const { one, outcome } of [dense, conv])
      expect([...outcome.faults, ...outcome.stopped.keys()], one.label).toEqual([]);
    expect([...dense.outcome.differences.keys()]).toEqual(['kantorovich', 'tfjs-cpu', 'tfjs-wasm', withKernels]);
    expect([...conv.outcome.differences.keys()]).toEqual(['kantorovich', 'tfjs-cpu', withKernels]);
  });

  it('compares the gradient by the first layer too', async () => {
    const both = engines.filter(({ name }) => name === 'tfjs-cpu' || name === withKernels);
    for (const { problem } of tfjs.cases('check')) {
      const answers = [];
      for (const engine of both) {
        await engine.prepare(problem());
        answers.push((await engine.answer()).answer);
        await engine.dispose();
      }
      const [one, other] = answers;
      const largest = Math.max(...one.gradient.map(Math.abs));
      expect(largest).toBeGreaterThan(1e-3);
      one.gradient.forEach((value, k) => {
        expect(Math.abs(value - other.gradient[k])).toBeLessThan(1e-4 * largest);
      });
    }
  });

  it('has pairs of different digits of one class', () => {
    const problem = tfjs.cases('full')[1].problem();
    if (problem.kind !== 'network') throw new Error('not a network');
    expect(problem.x).toHaveLength(256 * 784);
    expect(Math.min(...problem.x.subarray(0, 784))).toBe(0);
    expect(Math.max(...problem.x.subarray(0, 784))).toBeGreaterThan(0.9);
    const rows = [problem.x, problem.y].flatMap((side) =>
      Array.from({ length: 256 }, (_, k) => side.subarray(784 * k, 784 * (k + 1)).join()),
    );
    expect(new Set(rows).size).toBe(512);
    expect(problem.xWeights.map(({ length }) => length)).toEqual([32 * 9, 64 * 32 * 9, 128 * 64 * 12 * 12]);
  });

  it('F3: counts tensors early and late, and tells a leak', async () => {
    const counts = await countTensors('check', engines, () => {});
    expect(counts.map(({ encoder, tensors }) => [encoder, ...tensors.keys()])).toEqual([
      ['dense', 10, 100],
      ['conv', 10, 100],
    ]);
    expect(counts.flatMap(leakOf)).toEqual([]);
    const growing = {
      ...counts[0],
      tensors: new Map([
        [10, 4],
        [1000, 994],
      ]),
    };
    expect(leakOf(growing)).toEqual([`dense: ${withKernels} leaves tensors behind: 4, then 994`]);
  });

  it('reports times beside our kernels as well as beside ours', () => {
    const ms = new Map([
      ['kantorovich', 60],
      ['tfjs-wasm', 600],
      [withKernels, 80],
    ]);
    const record = benchRecord({ suite: 'tfjs', case: { encoder: 'dense', n: 256 }, ms }, engines);
    const count = {
      encoder: 'dense',
      n: 13,
      tensors: new Map([
        [10, 7],
        [1000, 7],
      ]),
    };
    const [timed, tensors] = tfjsRecords([record], [count], engines);
    expect(timed).toMatchObject({
      ratio: { 'tfjs-wasm': 10, [withKernels]: 1.333 },
      metrics: { 'ratio-to-kantorovich-tfjs': { kantorovich: 0.75, 'tfjs-wasm': 7.5 } },
    });
    expect(tensors).toMatchObject({
      suite: 'tfjs',
      case: { encoder: 'dense', n: 13, what: 'tensors' },
      metrics: { 'after-10-steps': 7, 'after-1000-steps': 7 },
    });
    const text = tfjsTables([record], [count]);
    expect(text).toMatch(/^dense n 256 +0\.75x +7\.50x$/m);
    expect(text).toMatch(/^dense n 13: 7 after 10 steps, 7 after 1000 steps$/m);
  });
});

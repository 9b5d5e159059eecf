import { describe, expect, it } from 'vitest';
import { benchRecord } from '../../bench/record.js';
import { recordOf } from '../../bench/record-of.js';
import { gemm } from '../../bench/suites/gemm.js';
import { scale } from '../../bench/suites/scale.js';
import { emptyCase } from './faulty.js';

const description = { objective: 'cpc', critic: 'bilinear', n: 512, m: 512, d: 128, gradients: 'all' };
const engines = [
  { name: 'kantorovich', version: '0.1.0' },
  { name: 'plain-js', version: 'v20.20.2' },
  { name: 'jax-js', version: '0.1.25' },
];

describe('benchRecord', () => {
  it('has the form of the contract, with ratios of peers over ours', () => {
    const ms = new Map([
      ['kantorovich', 5],
      ['plain-js', 242.12345],
    ]);
    const { runtime, ...rest } = benchRecord({ suite: 'loss', case: description, ms }, engines);
    expect(rest).toEqual({
      suite: 'loss',
      case: description,
      threads: 1,
      ms: { kantorovich: 5, 'plain-js': 242.1 },
      ratio: { 'plain-js': 48.42 },
    });
    expect(runtime).toMatchObject({ node: process.versions.node, v8: process.versions.v8 });
    expect(runtime.engines).toEqual({ kantorovich: '0.1.0', 'plain-js': 'v20.20.2', 'jax-js': '0.1.25' });
  });

  it('has no ratio where ours was not timed', () => {
    const ms = new Map([['jax-js', 13]]);
    expect(benchRecord({ suite: 'loss', case: description, ms }, engines).ratio).toEqual({});
  });
});

describe('recordOf', () => {
  const outcome = {
    differences: new Map([
      ['kantorovich', 0],
      ['plain-js', 1e-7],
    ]),
    reference: 'kantorovich',
    faults: [],
    stopped: new Map(),
    ms: new Map([
      ['kantorovich', 2],
      ['plain-js', 8],
    ]),
    limitMs: 1,
    memory: new Map([
      ['kantorovich', { peakBytes: 300, wasmBytes: 100 }],
      ['plain-js', { peakBytes: 200 }],
    ]),
  };
  const one = { ...emptyCase(1), flops: 4e6 };

  it('counts operations where a case does, the limit among them', () => {
    const { gflops, peakBytes, runtime } = recordOf(gemm, { one, outcome }, engines);
    expect(gflops).toEqual({ kantorovich: 2, 'plain-js': 0.5, limit: 4 });
    expect(peakBytes).toBeUndefined();
    expect(Object.keys(runtime.engines)).toEqual(['kantorovich', 'plain-js']);
  });

  it('has the memory of processes that ran apart, and that of our module', () => {
    const { peakBytes } = recordOf(scale, { one, outcome }, engines);
    expect(peakBytes).toEqual({ kantorovich: 300, 'plain-js': 200, 'kantorovich-wasm': 100 });
  });
});

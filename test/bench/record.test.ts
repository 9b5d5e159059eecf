import { describe, expect, it } from 'vitest';
import { benchRecord } from '../../bench/record.js';

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
    const { runtime, ...rest } = benchRecord('loss', description, ms, engines);
    expect(rest).toEqual({
      suite: 'loss',
      case: description,
      threads: 1,
      ms: { kantorovich: 5, 'plain-js': 242.1 },
      ratio: { 'plain-js': 48.42 },
    });
    expect(runtime).toMatchObject({ node: process.versions.node, v8: process.versions.v8 });
    expect(runtime.engines).toEqual({ kantorovich: '0.1.0', 'plain-js': 'v20.20.2' });
  });

  it('has no ratio where ours was not timed', () => {
    expect(benchRecord('loss', description, new Map([['jax-js', 13]]), engines).ratio).toEqual({});
  });
});

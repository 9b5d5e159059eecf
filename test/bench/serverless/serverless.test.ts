import { describe, expect, it } from 'vitest';
import { allowed } from '../../../bench/serverless/cold-starts.js';
import { measureServerless, type ServerlessFigures } from '../../../bench/serverless/measure.js';
import { serverlessRecords, serverlessTables } from '../../../bench/serverless/report.js';

describe('measureServerless', () => {
  it('starts the function in every runtime, asks it many things at once, and has it fit', async () => {
    const { starts, load, fit, bundle, faults } = await measureServerless('check', () => {});
    expect(faults).toEqual([]);
    expect(starts.map(({ runtime }) => runtime)).toEqual(['node', 'deno', 'bun', 'workerd']);
    for (const { embedding, empty } of starts) expect(Math.min(embedding, empty)).toBeGreaterThan(0);
    expect(load).toMatchObject({ concurrent: 50, rounds: 1, errors: 0 });
    expect(load.heldBytes[0]).toBeGreaterThan(2 ** 20);
    expect(fit.pairs).toBe(200);
    expect([...bundle.keys()]).toContain('worker.js');
  });
});

describe('what is reported of the function', () => {
  const figures: ServerlessFigures = {
    starts: [{ runtime: 'node', embedding: 100, empty: 50 }],
    load: { concurrent: 1000, rounds: 2, ms: 800, errors: 0, heldBytes: [2 ** 26, 2 ** 26 + 2 ** 20] },
    fit: { pairs: 2000, seconds: 1.5, cpu: 2 },
    bundle: new Map([
      ['worker.js', 50_000],
      ['kantorovich.simd128.wasm', 120_000],
    ]),
    faults: [],
  };

  it('is set beside what is allowed', () => {
    expect(allowed({ empty: 50 })).toBe(95);
    const text = serverlessTables(figures);
    expect(text).toMatch(/^node +50\.0 +100 +95\.0$/m);
    expect(text).toMatch(/0 errors, 800 ms a round; the server held 64\.0 MiB after one and 65\.0 MiB in the end/);
    expect(text).toMatch(/^together +170$/m);
  });

  it('is a record for each figure', () => {
    const records = serverlessRecords(figures, [{ name: 'kantorovich', version: '1' }]);
    expect(records.map((record) => record.case)).toEqual([
      { what: 'cold-start', runtime: 'node' },
      { what: 'load', concurrent: 1000, rounds: 2 },
      { what: 'fit', pairs: 2000 },
      { what: 'bundle' },
    ]);
    expect(records.map(({ ms }) => ms)).toEqual([
      { kantorovich: 100 },
      { kantorovich: 800 },
      { kantorovich: 1500 },
      {},
    ]);
    expect(records[3]?.metrics).toEqual({ 'worker.js': 50_000, 'kantorovich.simd128.wasm': 120_000 });
  });
});

import { describe, expect, it } from 'vitest';
import { coldEngines, measureCold } from '../../../bench/cold/cold.js';
import { packageSizes } from '../../../bench/cold/package-size.js';
import { coldRecords, coldTables } from '../../../bench/cold/report.js';

const engines = coldEngines.map((name) => ({ name, version: '1' }));

describe('measureCold', () => {
  it('starts every engine, whose losses agree, and tells import from first and later losses', async () => {
    const { times, faults } = await measureCold('check', coldEngines, () => {});
    expect(faults).toEqual([]);
    const parts = ['import', 'first-loss', 'import-to-first-loss', 'second-loss', 'tenth-loss'];
    expect([...times.keys()]).toEqual([...parts, 'instantiate']);
    for (const part of parts) expect([...(times.get(part)?.keys() ?? [])], part).toEqual([...coldEngines]);
    for (const ms of times.values()) for (const value of ms.values()) expect(value).toBeGreaterThan(0);
  });
});

describe('packageSizes', () => {
  it('has the package and every .wasm file, smaller under gzip', async () => {
    const sizes = await packageSizes();
    for (const name of ['simd128', 'relaxed', 'evaluation', 'transport', 'compact', 'tensors', 'tensors-relaxed']) {
      const [plain = 0, gzipped = 0] = [`kantorovich.${name}.wasm`, `kantorovich.${name}.wasm.gz`].map((file) =>
        sizes.get(file),
      );
      expect(gzipped).toBeGreaterThan(0);
      expect(gzipped).toBeLessThan(plain);
    }
    expect(sizes.get('package')).toBeLessThan(sizes.get('unpacked') ?? 0);
  });
});

describe('what is reported of cold starts', () => {
  const times = new Map([
    [
      'import',
      new Map([
        ['kantorovich', 50],
        ['jax-js', 100],
      ]),
    ],
    ['instantiate', new Map([['kantorovich', 2]])],
  ]);
  const sizes = new Map([['package', 2048]]);

  it('is a record for each part, and one of sizes', () => {
    const records = coldRecords({ times, faults: [] }, sizes, engines);
    expect(records.map((record) => record.case)).toEqual([
      { what: 'import' },
      { what: 'instantiate' },
      { what: 'package-size' },
    ]);
    expect(records[0]).toMatchObject({ suite: 'cold', ms: { kantorovich: 50, 'jax-js': 100 }, ratio: { 'jax-js': 2 } });
    expect(Object.keys(records[0].runtime.engines)).toEqual(['kantorovich', 'jax-js']);
    expect(records[2].metrics).toEqual({ package: 2048 });
  });

  it('has a column for each engine that was there', () => {
    const text = coldTables({ times, faults: [] }, sizes);
    expect(text).toMatch(/^import and start-up +50\.0 +100 \(2\.00x\)$/m);
    expect(text).toMatch(/^package +2\.00$/m);
    expect(text).not.toMatch('tfjs-wasm');
  });
});

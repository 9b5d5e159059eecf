import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Adapter, adapterOf } from '../../ts/adapters/adapter.js';
import { headTensors } from '../../ts/adapters/heads/heads.js';
import { DataError } from '../../ts/wasm/errors.js';
import { seed } from '../support/arbitraries.js';
import { seededRandom } from '../support/random.js';
import { drawnHeads, shapeOf } from './drawn-adapter.js';

const DIMS = 4;

/** An adapter of queries by one matrix. */
function adapterBy(value: (row: number, col: number) => number, head: 'full' | 'map', sizes = [DIMS]): Adapter {
  const shape = shapeOf(DIMS, 'shared', null, { head, sizes });
  const heads = drawnHeads(shape, 1);
  for (const { data, cols } of headTensors(heads)) {
    for (let i = 0; i < data.length; i++) data[i] = value(Math.floor(i / cols), i % cols);
  }
  const metadata = { model: null, prefix: null, normalisation: 'l2', maxDrift: null, metrics: {} } as const;
  return adapterOf(heads, { ...shape, ...metadata, calibration: null });
}

describe('outputs without a direction are refused, naming the row', () => {
  const e = (at: number) => Array.from({ length: DIMS }, (_, i) => (i === at ? 1 : 0));
  it.each<[string, Adapter, string]>([
    ['a map that ignores a number', adapterBy((i, k) => (k === 2 ? 0 : i + k + 1), 'map'), 'zeros'],
    ['W = -1', adapterBy((i, k) => (i === k && k === 2 ? -1 : 0), 'full'), 'zeros'],
    ['W that overflows', adapterBy((_, k) => (k > 1 ? 3e38 : 0), 'full'), 'NaN or infinity'],
  ])('%s', (_, adapter, found) => {
    const last = [0, 0, 1, found === 'zeros' ? 0 : 1];
    expect(() => adapter.query(last)).toThrow(DataError);
    expect(() => adapter.query(last)).toThrow(`the vector is mapped to ${found}`);
    const rows = [e(0), e(1), last];
    expect(() => adapter.queries(rows)).toThrow(`queries: row 2 is mapped to ${found}`);
    expect(() => adapter.documents(rows, { deterministic: true })).toThrow(`documents: row 2 is mapped to ${found}`);
  });

  it('so are first numbers that are zeros', () => {
    const adapter = adapterBy((i, k) => (i === 3 || k > 0 ? 1 : 0), 'map', [4, 1]);
    expect(adapter.query(e(0))).toHaveLength(4);
    expect(() => adapter.query(e(0), { dims: 1 })).toThrow(/the vector is mapped to zeros/);
  });

  it('others have length 1', () => {
    fc.assert(
      fc.property(seed, (from) => {
        const random = seededRandom(from);
        const adapter = adapterBy(() => random.normal(), 'map');
        const y = adapter.query(Array.from({ length: DIMS }, () => random.normal()));
        expect(Math.abs(Math.hypot(...y) - 1)).toBeLessThan(1e-5);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adapter } from '../../ts/adapters/adapter.js';
import { ADAPTS, type Adapt } from '../../ts/adapters/heads.js';
import { loadAdapter } from '../../ts/adapters/load-adapter.js';
import { readSafetensors, writeSafetensors } from '../../ts/data/safetensors.js';
import { CheckpointError, DataError, ShapeError } from '../../ts/wasm/errors.js';
import { seed } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { seededRandom } from '../support/random.js';
import { drawnAdapter as drawn } from './drawn-adapter.js';

const DIMS = 6;
const shapes = fc.record({ adapt: fc.constantFrom(...ADAPTS), rank: fc.constantFrom(null, 2), from: seed });

const drawnAdapter = (adapt: Adapt, rank: number | null, from: number) => drawn(DIMS, adapt, rank, from);

const vectors = (from: number) => {
  const random = seededRandom(from);
  return { data: Float32Array.from({ length: 5 * DIMS }, () => random.normal()), rows: 5, cols: DIMS };
};

const outputs = (adapter: Adapter) => {
  const some = vectors(7);
  return [adapter.queries(some, { deterministic: true }).data, adapter.documents(some, { deterministic: true }).data];
};

describe('an adapter', () => {
  it('maps one vector as it maps many, to length 1, whatever its length, and leaves it as it was', () => {
    fc.assert(
      fc.property(shapes, ({ adapt, rank, from }) => {
        const adapter = drawnAdapter(adapt, rank, from);
        const many = vectors(from);
        const { data } = adapter.queries(many);
        for (let row = 0; row < many.rows; row++) {
          const one = many.data.slice(row * DIMS, (row + 1) * DIMS);
          const copy = one.slice();
          const y = adapter.query(one);
          expect(one).toEqual(copy);
          expectClose(y, data.subarray(row * DIMS, (row + 1) * DIMS), { absolute: 1e-5 });
          expectClose(Math.hypot(...y), 1, { absolute: 1e-6 });
          expectClose(adapter.query(one.map((value) => 3 * value)), y, { absolute: 1e-6 });
          if (adapt === 'shared') expect(adapter.document(one)).toEqual(y);
        }
      }),
    );
  });

  it('gives its numbers as JSON that computes the same', () => {
    const adapter = drawnAdapter('query', 2, 5);
    const { query } = adapter.toJSON();
    const { U, V } = JSON.parse(JSON.stringify(query));
    const x = [...adapter.document([1, 2, 3, -1, -2, 1])];
    const hidden = [0, 1].map((r) => x.reduce((sum, value, k) => sum + V.data[r * DIMS + k] * value, 0));
    const z = x.map((value, k) => value + U.data[2 * k] * hidden[0] + U.data[2 * k + 1] * hidden[1]);
    expectClose(
      adapter.query(x),
      z.map((value) => value / Math.hypot(...z)),
      { absolute: 1e-6 },
    );
  });

  it('refuses vectors that it cannot turn', () => {
    const adapter = drawnAdapter('query', null, 1);
    expect(() => adapter.query([1, 2])).toThrow(ShapeError);
    expect(() => adapter.query(new Float32Array(DIMS))).toThrow(DataError);
    expect(() => adapter.query([1, 2, Number.NaN, 0, 0, 0])).toThrow(/NaN/);
    const bad = vectors(1);
    bad.data[2 * DIMS] = Number.POSITIVE_INFINITY;
    expect(() => adapter.queries(bad)).toThrow('queries: row 2 holds NaN or infinity');
  });
});

describe('an adapter file', () => {
  it('gives back the same adapter, bit for bit', () => {
    fc.assert(
      fc.property(shapes, ({ adapt, rank, from }) => {
        const adapter = drawnAdapter(adapt, rank, from);
        const loaded = loadAdapter(adapter.toBytes(), { model: 'mini', prefix: 'query: ', dims: DIMS });
        expect(outputs(loaded)).toEqual(outputs(adapter));
        expect(loaded.toJSON()).toEqual(adapter.toJSON());
        expect(loaded.toBytes()).toEqual(adapter.toBytes());
      }),
    );
  });

  it('is refused for another model, prefix or size', () => {
    const bytes = drawnAdapter('query', null, 1).toBytes();
    expect(() => loadAdapter(bytes, { model: 'maxi' })).toThrow(/for model "mini", asked for is "maxi"/);
    expect(() => loadAdapter(bytes, { prefix: '' })).toThrow(CheckpointError);
    expect(() => loadAdapter(bytes, { dims: 7 })).toThrow(/dims 6, asked for is 7/);
  });

  it('truncated anywhere is refused', () => {
    const bytes = drawnAdapter('both', 2, 1).toBytes();
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => loadAdapter(bytes.subarray(0, length))).toThrow(CheckpointError);
    }
  });

  it('altered anywhere gives a typed error or the same vectors', () => {
    const adapter = drawnAdapter('query', null, 1);
    const bytes = adapter.toBytes();
    const wanted = outputs(adapter);
    const edit = fc.record({ at: fc.nat(bytes.length - 1), bits: fc.integer({ min: 1, max: 255 }) });
    let refused = 0;
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const altered = bytes.slice();
        for (const { at, bits } of edits) altered[at] ^= bits;
        try {
          expect(outputs(loadAdapter(altered))).toEqual(wanted);
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
          refused += 1;
        }
      }),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(350);
  });

  it('with other numbers under the old hash, or of another origin, is refused', () => {
    const { tensors, metadata } = readSafetensors(drawnAdapter('query', null, 1).toBytes());
    const other = readSafetensors(drawnAdapter('query', null, 2).toBytes());
    expect(() => loadAdapter(writeSafetensors(other.tensors, metadata))).toThrow(/was altered/);
    expect(() => loadAdapter(writeSafetensors(tensors))).toThrow(/of another origin/);
    expect(() => loadAdapter(writeSafetensors(tensors, { ...metadata, format: 'kantorovich 1' }))).toThrow(
      /a file of format 'kantorovich 1'/,
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adapter } from '../../../ts/adapters/adapter.js';
import { writeAdapter } from '../../../ts/adapters/files/adapter-file.js';
import { limitDrift } from '../../../ts/adapters/heads/drift.js';
import { distinctHeads, type HeadsShape } from '../../../ts/adapters/heads/heads.js';
import { type LoadAdapterOptions, loadAdapter } from '../../../ts/adapters/load-adapter.js';
import { readSafetensors, writeSafetensors } from '../../../ts/data/safetensors.js';
import { CheckpointError, DataError, OptionsError, ShapeError } from '../../../ts/wasm/errors.js';
import { runs, seed } from '../../support/arbitraries.js';
import { expectClose } from '../../support/close.js';
import { seededRandom } from '../../support/random.js';
import { drawnAdapter as drawn, drawnHeads, everyShape, shapeOf } from '../drawn-adapter.js';
import format1 from '../format-1.json' with { type: 'json' };

const DIMS = 6;
const shapes = fc.record({ shape: fc.constantFrom(...everyShape(DIMS)), from: seed });

const drawnAdapter = (shape: HeadsShape, from: number) => drawn(DIMS, shape.adapt, shape.rank, from, shape);

const vectors = (from: number, cols = DIMS) => {
  const random = seededRandom(from);
  return { data: Float32Array.from({ length: 5 * cols }, () => random.normal()), rows: 5, cols };
};

const outputs = (adapter: Adapter) => [
  adapter.queries(vectors(7, adapter.dims), { deterministic: true }).data,
  adapter.documents(vectors(7, adapter.documentDims), { deterministic: true }).data,
];

const QUERY = shapeOf(DIMS, 'query', null);

describe('an adapter', () => {
  it('maps one vector as it maps many, to length 1, whatever its length, and leaves it as it was', () => {
    fc.assert(
      fc.property(shapes, ({ shape, from }) => {
        const adapter = drawnAdapter(shape, from);
        const sides = [
          [adapter.query, adapter.queries, shape.dims],
          [adapter.document, adapter.documents, shape.documentDims],
        ] as const;
        for (const [map, mapMany, dims] of sides) {
          const many = vectors(from, dims);
          for (const size of shape.sizes) {
            const { data } = mapMany(many, { dims: size });
            expect(data).toHaveLength(many.rows * size);
            for (let row = 0; row < many.rows; row++) {
              const one = many.data.slice(row * dims, (row + 1) * dims);
              // Rounding grows as the numbers that are kept shrink beside the others.
              if (Math.hypot(...map(one).subarray(0, size)) < 0.02) continue;
              const copy = one.slice();
              const y = map(one, { dims: size });
              expect(one).toEqual(copy);
              expectClose(y, data.subarray(row * size, (row + 1) * size), { absolute: 1e-4 });
              expectClose(Math.hypot(...y), 1, { absolute: 1e-6 });
              expectClose(
                map(
                  one.map((value) => 3 * value),
                  { dims: size },
                ),
                y,
                { absolute: 1e-4 },
              );
            }
          }
        }
        const one = vectors(from).data.slice(0, DIMS);
        if (shape.adapt === 'shared') expect(adapter.document(one)).toEqual(adapter.query(one));
      }),
    );
  });

  it('gives the first numbers of its outputs, normalised again, at its own sizes only', () => {
    const adapter = drawnAdapter({ ...QUERY, adapt: 'shared', head: 'map', sizes: [4, 2] }, 3);
    const one = vectors(1).data.slice(0, DIMS);
    const [a, b] = adapter.query(one);
    expectClose(adapter.query(one, { dims: 2 }), [a / Math.hypot(a, b), b / Math.hypot(a, b)], { absolute: 1e-6 });
    expect(adapter.query(one, { dims: 4 })).toEqual(adapter.query(one));
    expect(() => adapter.query(one, { dims: 3 })).toThrow(/one of the adapter's sizes \(4, 2\), got 3/);
    expect(() => drawnAdapter(QUERY, 1).queries(vectors(1), { dims: 2 })).toThrow(OptionsError);
  });

  it('gives its numbers as JSON that computes the same', () => {
    const adapter = drawnAdapter(shapeOf(DIMS, 'query', 2), 5);
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
    const adapter = drawnAdapter(QUERY, 1);
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
      fc.property(shapes, ({ shape, from }) => {
        const adapter = drawnAdapter(shape, from);
        const loaded = loadAdapter(adapter.toBytes(), { model: 'mini', prefix: 'query: ', dims: shape.dims });
        expect(outputs(loaded)).toEqual(outputs(adapter));
        expect(loaded.toJSON()).toEqual(adapter.toJSON());
        expect(loaded.toBytes()).toEqual(adapter.toBytes());
      }),
    );
  });

  it.each(format1.files)('of before there were other heads still loads: $adapt, rank $rank', (file) => {
    const adapter = loadAdapter(new Uint8Array(Buffer.from(file.bytes, 'base64')), { dims: DIMS });
    const { adapt, rank } = file;
    expect(adapter).toMatchObject({ adapt, rank, head: rank === null ? 'full' : 'low-rank', sizes: [DIMS] });
    expectClose(adapter.query(file.vector), file.query, { absolute: 1e-6 });
    expectClose(adapter.document(file.vector), file.document, { absolute: 1e-6 });
    expect(loadAdapter(adapter.toBytes()).toJSON()).toEqual(adapter.toJSON());
  });

  it('whose sizes contradict each other or its tensors is refused', () => {
    const shape: HeadsShape = { ...QUERY, adapt: 'both', head: 'map', documentDims: 8, sizes: [4, 2] };
    const wrong: readonly Partial<HeadsShape>[] = [
      { sizes: [5, 2] },
      { sizes: [2, 4] },
      { sizes: [] },
      { documentDims: 7 },
      { adapt: 'shared' },
      { adapt: 'query', sizes: [4] },
      { head: 'full' },
      { head: 'mlp', hidden: 4 },
    ];
    for (const change of wrong) {
      const heads = drawnHeads(shape, 1);
      const { toJSON: _, ...metadata } = drawnAdapter(shape, 1);
      const bytes = writeAdapter(heads, { ...metadata, ...change }, 'f32');
      expect(() => loadAdapter(bytes), JSON.stringify(change)).toThrow(CheckpointError);
    }
  });

  it('whose limit on drift is none is refused', () => {
    for (const maxDrift of [-5, 0, 90, 1e9]) {
      const { toJSON: _, ...metadata } = drawnAdapter(QUERY, 1);
      const bytes = writeAdapter(drawnHeads(QUERY, 1, 0), { ...metadata, maxDrift }, 'f32');
      expect(() => loadAdapter(bytes), String(maxDrift)).toThrow(CheckpointError);
    }
  });

  it('that says less drift than its numbers have is refused, and one that says the truth is read', () => {
    const limited = everyShape(DIMS).filter(({ head }) => head !== 'map');
    fc.assert(
      fc.property(fc.constantFrom(...limited), fc.constantFrom(5, 30, 85), seed, (shape, degrees, from) => {
        const heads = drawnHeads(shape, from, 3);
        for (const head of distinctHeads(heads)) limitDrift(head, degrees);
        const { toJSON: _, ...metadata } = drawnAdapter(shape, 1);
        const file = (maxDrift: number) => writeAdapter(heads, { ...metadata, maxDrift }, 'f32');
        expect(loadAdapter(file(degrees)).maxDrift).toBe(degrees);
        expect(() => loadAdapter(file(degrees / 500))).toThrow(CheckpointError);
      }),
      runs,
    );
  });

  it('is refused for another model, prefix or size', () => {
    const bytes = drawnAdapter(QUERY, 1).toBytes();
    expect(() => loadAdapter(bytes, { model: 'maxi' })).toThrow(/for model "mini", asked for is "maxi"/);
    expect(() => loadAdapter(bytes, { prefix: '' })).toThrow(CheckpointError);
    expect(() => loadAdapter(bytes, { dim: 6 } as LoadAdapterOptions)).toThrow(/loadAdapter has no option 'dim'/);
    expect(() => loadAdapter(bytes, { dims: 7 })).toThrow(/dims 6, asked for is 7/);
  });

  it('truncated anywhere is refused', () => {
    const bytes = drawnAdapter(shapeOf(DIMS, 'both', 2), 1).toBytes();
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => loadAdapter(bytes.subarray(0, length))).toThrow(CheckpointError);
    }
  });

  it('altered anywhere gives a typed error or the same vectors', () => {
    const adapter = drawnAdapter(QUERY, 1);
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
    const { tensors, metadata } = readSafetensors(drawnAdapter(QUERY, 1).toBytes());
    const other = readSafetensors(drawnAdapter(QUERY, 2).toBytes());
    expect(() => loadAdapter(writeSafetensors(other.tensors, metadata))).toThrow(/was altered/);
    expect(() => loadAdapter(writeSafetensors(tensors))).toThrow(/of another origin/);
    expect(() => loadAdapter(writeSafetensors(tensors, { ...metadata, format: 'kantorovich 1' }))).toThrow(
      /a file of format 'kantorovich 1'/,
    );
  });
});

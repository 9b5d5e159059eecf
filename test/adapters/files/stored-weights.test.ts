import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Adapter, adapterOf } from '../../../ts/adapters/adapter.js';
import { WEIGHTS, type Weights } from '../../../ts/adapters/files/stored-weights.js';
import { limitDrift, longestOutput } from '../../../ts/adapters/heads/drift.js';
import { distinctHeads } from '../../../ts/adapters/heads/heads.js';
import { loadAdapter } from '../../../ts/adapters/load-adapter.js';
import { readSafetensors, writeSafetensors } from '../../../ts/data/safetensors.js';
import { evaluateRetrieval, fitAdapter } from '../../../ts/entries/adapters-node.js';
import { CheckpointError, OptionsError } from '../../../ts/wasm/errors.js';
import { runs, seed } from '../../support/arbitraries.js';
import { seededRandom } from '../../support/random.js';
import { drawnAdapter, drawnHeads, everyShape, shapeOf } from '../drawn-adapter.js';
import { hiddenMap } from '../hidden-map.js';

const DIMS = 24;
const shape = fc.constantFrom(...everyShape(DIMS));
const rounded = fc.constantFrom<Weights>('f16', 'int8');

const cosine = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);

function vectorOf(dims: number, from: number): Float32Array {
  const random = seededRandom(from);
  return Float32Array.from({ length: dims }, () => random.normal());
}

const sides = (adapter: Adapter, from: number) => [
  adapter.query(vectorOf(adapter.dims, from)),
  adapter.document(vectorOf(adapter.documentDims, from)),
];

describe('rounded weights', () => {
  it('turn outputs by little, and say of themselves what the file of float32 says', () => {
    fc.assert(
      fc.property(shape, rounded, seed, (shape, weights, from) => {
        const adapter = drawnAdapter(DIMS, shape.adapt, shape.rank, from, shape);
        const loaded = loadAdapter(adapter.toBytes({ weights }), { model: 'mini', prefix: 'query: ' });
        const [found, wanted] = [sides(loaded, from), sides(adapter, from)];
        // Outputs of one number are only a sign.
        found.forEach((y, i) => {
          expect(cosine(y, wanted[i])).toBeGreaterThan(weights === 'f16' ? 0.999 : 0.99);
        });
        const { query: _, document: __, ...said } = loaded.toJSON();
        expect(said).toEqual({ ...adapter.toJSON(), query: undefined, document: undefined });
      }),
      runs,
    );
  });

  it('are half and a quarter of the size', () => {
    const adapter = drawnAdapter(256, 'query', null, 1);
    const [f32, f16, int8] = WEIGHTS.map((weights) => adapter.toBytes({ weights }).length);
    expect([f16 / f32 < 0.51, int8 / f32 < 0.26]).toEqual([true, true]);
    expect(adapter.toBytes({ weights: 'f32' })).toEqual(adapter.toBytes());
  });

  it('float16 ones are read as they are written, again and again', () => {
    const once = loadAdapter(drawnAdapter(DIMS, 'both', 3, 5).toBytes({ weights: 'f16' }));
    expect(once.toBytes({ weights: 'f16' })).toEqual(loadAdapter(once.toBytes()).toBytes({ weights: 'f16' }));
  });

  it('hold the certificate of a limit on drift', () => {
    const limited = [
      shapeOf(DIMS, 'query', null),
      shapeOf(DIMS, 'both', 3),
      shapeOf(DIMS, 'query', null, { head: 'mlp', hidden: 5 }),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...limited),
        rounded,
        fc.constantFrom(5, 30, 85),
        seed,
        (shape, weights, degrees, from) => {
          const heads = drawnHeads(shape, from);
          for (const head of distinctHeads(heads)) limitDrift(head, degrees);
          const metadata = { model: null, prefix: null, normalisation: 'l2', maxDrift: degrees, metrics: {} } as const;
          const adapter = adapterOf(heads, { ...shape, ...metadata, calibration: null });
          const { query, document } = loadAdapter(adapter.toBytes({ weights })).toJSON();
          for (const json of [query, document]) {
            if (json === null) continue;
            // The file's own numbers, in the heads they were from.
            for (const head of distinctHeads(heads)) {
              const layers = head.layers.map((layer) => ({
                ...layer,
                ...{
                  weight: { ...layer.weight, data: Float32Array.from(json[layer.weight.name].data) },
                  bias: layer.bias && { ...layer.bias, data: Float32Array.from(json[layer.bias.name].data) },
                },
              }));
              const longest = longestOutput(layers);
              expect(longest).toBeLessThanOrEqual(Math.sin((degrees * Math.PI) / 180));
              // What was at the limit stays near it.
              expect(longest).toBeGreaterThan(0.9 * Math.sin((degrees * Math.PI) / 180));
            }
          }
        },
      ),
      runs,
    );
  });

  it('hardly change what is found', async () => {
    const pairs = hiddenMap(1200, 32, 0.3, 3);
    const options = { qrels: 'pairs', deterministic: true, learningRate: 1e-2, maxEpochs: 8 } as const;
    const { adapter } = await fitAdapter({ ...pairs, ...options });
    const queries = { data: Float32Array.from(pairs.queries.data), rows: 1200, cols: 32 };
    const recall = (weights: Weights) =>
      evaluateRetrieval({
        ...{ queries: loadAdapter(adapter.toBytes({ weights })).queries(queries, { deterministic: true }) },
        ...{ documents: pairs.documents, qrels: 'pairs', k: 1, deterministic: true },
      }).metrics['recall@1'];
    const whole = recall('f32');
    expect(whole).toBeGreaterThan(0.5);
    for (const weights of ['f16', 'int8'] as const) expect(Math.abs(recall(weights) - whole)).toBeLessThan(0.005);
  });

  it('of int8 keep their signs, however small', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), seed, (units, from) => {
        const shape = shapeOf(4, 'query', null);
        const heads = drawnHeads(shape, from, units * 2 ** -149);
        const metadata = { model: null, prefix: null, normalisation: 'l2', maxDrift: null, metrics: {} } as const;
        const adapter = adapterOf(heads, { ...shape, ...metadata, calibration: null });
        const read = loadAdapter(adapter.toBytes({ weights: 'int8' })).toJSON().query?.W.data ?? [];
        read.forEach((value, i) => {
          expect(value * Math.sign(distinctHeads(heads)[0].layers[0].weight.data[i])).toBeGreaterThanOrEqual(0);
        });
      }),
      runs,
    );
  });

  it('are refused where they are of no known kind', () => {
    const adapter = drawnAdapter(4, 'query', null, 1);
    expect(() => adapter.toBytes({ weights: 'int4' as Weights })).toThrow(/one of f32, f16, int8, got int4/);
    expect(() => adapter.toBytes({ weigths: 'f16' } as never)).toThrow(OptionsError);
  });

  it('cannot be taken apart: a changed scale, or none, is refused', () => {
    const { tensors, metadata } = readSafetensors(drawnAdapter(4, 'query', null, 1).toBytes({ weights: 'int8' }));
    expect([...tensors.keys()].sort()).toEqual(['query.W', 'query.W.scale']);
    const scale = tensors.get('query.W.scale');
    if (scale?.dtype !== 'F32') throw new Error('expected float32 scales');
    const other = new Map(tensors).set('query.W.scale', { ...scale, data: scale.data.map((step) => 2 * step) });
    expect(() => loadAdapter(writeSafetensors(other, metadata))).toThrow(/was altered/);
    other.delete('query.W.scale');
    expect(() => loadAdapter(writeSafetensors(other, metadata))).toThrow(CheckpointError);
  });
});

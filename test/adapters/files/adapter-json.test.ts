import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AdapterJson } from '../../../ts/adapters/adapter.js';
import { loadAdapter } from '../../../ts/adapters/load-adapter.js';
import { CheckpointError, OptionsError } from '../../../ts/wasm/errors.js';
import { runs, seed } from '../../support/arbitraries.js';
import { drawnAdapter, everyShape } from '../drawn-adapter.js';

const DIMS = 6;
const shapes = fc.record({ shape: fc.constantFrom(...everyShape(DIMS)), from: seed });
const json = (adapter: { toJSON(): AdapterJson }): AdapterJson => JSON.parse(JSON.stringify(adapter));

describe('an adapter as JSON', () => {
  it('comes back as the same file, of every kind', () => {
    const property = fc.property(shapes, ({ shape, from }) => {
      const adapter = drawnAdapter(DIMS, shape.adapt, shape.rank, from, shape);
      expect(loadAdapter(json(adapter)).toBytes()).toEqual(adapter.toBytes());
    });
    fc.assert(property, { ...runs, numRuns: 40 });
  });

  const right = json(drawnAdapter(DIMS, 'query', null, 1));
  const [name, matrix] = Object.entries(right.query ?? {})[0] ?? ['', { shape: [0, 0], data: [] }];
  it.each([
    [{}, 'fields are missing or wrong'],
    [{ ...right, dims: 7 }, 'fields are missing or wrong'],
    [{ ...right, query: null }, 'found no such tensor'],
    [{ ...right, query: 7 }, 'query must hold matrices'],
    [{ ...right, query: { [name]: null } }, 'must have a shape'],
    [{ ...right, query: { [name]: { ...matrix, data: matrix.data.slice(1) } } }, 'data of as many numbers'],
    [{ ...right, query: { [name]: { ...matrix, data: matrix.data.map(() => null) } } }, 'number 0 is null'],
    [{ ...right, query: { [name]: { ...matrix, data: matrix.data.map(() => 1e39) } } }, 'number 0 is Infinity'],
    [{ ...right, query: { ...right.query, other: matrix } }, 'found query.other too'],
    [{ ...right, document: right.query }, 'found document.'],
    [{ ...right, maxDrift: 0.001 }, 'no vector is turned by more than'],
    [[], 'fields are missing or wrong'],
  ])('is refused where it is none: case %#', (given, message) => {
    expect(() => loadAdapter(given as AdapterJson)).toThrow(CheckpointError);
    expect(() => loadAdapter(given as AdapterJson)).toThrow(message);
  });

  it.each([undefined, null, 'faq.safetensors', 7])('is neither %j', (given) => {
    expect(() => loadAdapter(given as never)).toThrow(OptionsError);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adapterOf } from '../../ts/adapters/adapter.js';
import { limitDrift } from '../../ts/adapters/drift.js';
import { identityHeads, residualsOf } from '../../ts/adapters/heads.js';
import { runs, seed } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { seededRandom } from '../support/random.js';

const DIMS = 7;

const degreesBetween = (x: Float32Array, y: Float32Array): number => {
  const cosine = x.reduce((sum, value, k) => sum + value * y[k], 0) / (Math.hypot(...x) * Math.hypot(...y));
  return (Math.acos(Math.min(1, cosine)) * 180) / Math.PI;
};

/** Climbs the angle by small random steps that are kept where they help. */
function steepest(angle: (x: Float32Array) => number, random: { normal(): number }): number {
  let x = Float32Array.from({ length: DIMS }, () => random.normal());
  let best = angle(x);
  for (let step = 0; step < 600; step++) {
    const size = 0.5 * 0.99 ** step + 1e-3;
    const length = Math.hypot(...x);
    const moved = x.map((value) => value / length + size * random.normal());
    const found = angle(moved);
    if (found > best) [x, best] = [moved, found];
  }
  return best;
}

describe.each([null, 3])('a limit on drift, rank %s', (rank) => {
  it('holds against a climb for the largest angle, which comes near it', () => {
    fc.assert(
      fc.property(fc.constantFrom(5, 30, 60, 85), seed, (degrees, from) => {
        const random = seededRandom(from);
        const heads = identityHeads('query', DIMS, rank, 1);
        for (const residual of residualsOf(heads)) {
          for (const { data } of residual.tensors) for (let i = 0; i < data.length; i++) data[i] = 3 * random.normal();
          limitDrift(residual, degrees);
        }
        const metadata = { model: null, prefix: null, dims: DIMS, normalisation: 'l2', adapt: 'query' } as const;
        const adapter = adapterOf(heads, { ...metadata, rank, maxDrift: degrees, metrics: {} });
        const climbed = Array.from({ length: 4 }, () => steepest((x) => degreesBetween(x, adapter.query(x)), random));
        expect(Math.max(...climbed)).toBeLessThanOrEqual(degrees + 1e-3);
        expect(Math.max(...climbed)).toBeGreaterThan(0.5 * degrees);
      }),
      runs,
    );
  });

  it('leaves a smaller one as it is', () => {
    const [residual] = residualsOf(identityHeads('query', DIMS, rank, 1));
    residual.tensors[0].data.fill(1e-3);
    const before = residual.tensors.map(({ data }) => data.slice());
    limitDrift(residual, 60);
    residual.tensors.forEach(({ data }, i) => {
      expectClose(data, before[i], { absolute: 1e-7 });
    });
  });
});

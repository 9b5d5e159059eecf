import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adapterOf } from '../../ts/adapters/adapter.js';
import { limitDrift } from '../../ts/adapters/drift.js';
import { distinctHeads, headTensors } from '../../ts/adapters/heads.js';
import { matrixNorms } from '../../ts/lipschitz/matrix-norms.js';
import { matrix } from '../../ts/wasm/matrix.js';
import { runs, seed } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { seededRandom } from '../support/random.js';
import { drawnHeads, shapeOf } from './drawn-adapter.js';

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

const shapes = [
  shapeOf(DIMS, 'query', null),
  shapeOf(DIMS, 'query', 3),
  shapeOf(DIMS, 'query', null, { head: 'mlp', hidden: 4 }),
];

describe.each(shapes)('a limit on drift, $head', (shape) => {
  const limited = (from: number, size: number, degrees: number) => {
    const heads = drawnHeads(shape, from, size);
    for (const head of distinctHeads(heads)) limitDrift(head, degrees);
    return heads;
  };

  it('holds against a climb for the largest angle, whatever the head', () => {
    fc.assert(
      fc.property(fc.constantFrom(5, 30, 60, 85), seed, (degrees, from) => {
        const heads = limited(from, 3, degrees);
        const metadata = { model: null, prefix: null, normalisation: 'l2', maxDrift: degrees, metrics: {} } as const;
        const adapter = adapterOf(heads, { ...shape, ...metadata, calibration: null });
        const random = seededRandom(from + 1);
        const climbed = Array.from({ length: 4 }, () => steepest((x) => degreesBetween(x, adapter.query(x)), random));
        expect(Math.max(...climbed)).toBeLessThanOrEqual(degrees + 1e-3);
      }),
      runs,
    );
  });

  it('uses what it allows', () => {
    for (const { layers } of distinctHeads(limited(3, 3, 40))) {
      const [first, second] = layers.map(({ weight }) => matrix(weight.data, weight.rows, weight.cols));
      const last = second ?? first;
      const { estimate } = matrixNorms(last).spectral;
      // Scaling by a bound of the chain leaves the last layer far above 0; a single matrix reaches the radius.
      expect(estimate).toBeGreaterThan(second ? 0.01 : 0.999 * Math.sin((40 * Math.PI) / 180));
    }
  });

  it('leaves a smaller one as it is', () => {
    const heads = drawnHeads(shape, 1, 1e-3);
    const before = headTensors(heads).map(({ data }) => data.slice());
    for (const head of distinctHeads(heads)) limitDrift(head, 60);
    headTensors(heads).forEach(({ data }, i) => {
      expectClose(data, before[i], { absolute: 1e-7 });
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dependencyW1, infoNCE, wdm, wdmAll } from '../../ts/entries/node.js';
import type { Rows } from '../reference/linear-algebra.js';
import type { ObjectiveName } from '../reference/loss.js';
import { RELATIVE } from '../reference/objectives/rpc.js';
import { diagonalPairing } from '../reference/pairing.js';
import { lossProblem, runs, seed } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { compressedPositives, libraryCritic, lossCalls, objectiveNames } from '../support/library.js';
import { normalRows, seededRandom } from '../support/random.js';

/** n pairs of d correlated Gaussian coordinates; their mutual information is -(d/2) ln(1 - ρ²) nats. */
function correlatedGaussians(n: number, d: number, correlation: number): { x: Rows; y: Rows; information: number } {
  const random = seededRandom(d);
  const x = normalRows(random, n, d);
  const noise = Math.sqrt(1 - correlation ** 2);
  const y = x.map((row) => row.map((value) => Math.fround(correlation * value + noise * random.normal())));
  return { x, y, information: -(d / 2) * Math.log(1 - correlation ** 2) };
}

/** The constant score that says that the density ratio is 1, where it matters. */
const uninformed: Readonly<Partial<Record<ObjectiveName, number>>> = {
  jsd: 0,
  smile: 0,
  rpc: (1 - RELATIVE.alpha) / (RELATIVE.beta + RELATIVE.gamma),
};

describe('what the values mean', () => {
  it('InfoNCE saturates at ln n where the mutual information is above it; WDM goes on growing', () => {
    const n = 64;
    const values = [16, 64, 256].map((d) => {
      const { x, y, information } = correlatedGaussians(n, d, 0.95);
      expect(information).toBeGreaterThan(4 * Math.log(n));
      const critic = libraryCritic({ name: 'distance', temperature: 0.1 });
      return { cpc: infoNCE(x, y, { critic }).value, wdm: wdm(x, y, { critic: 'distance' }).value };
    });
    for (const { cpc } of values) {
      expect(cpc).toBeLessThanOrEqual(Math.log(n) + 1e-5);
      expect(cpc).toBeGreaterThan(Math.log(n) - 0.01);
    }
    // Distances between independent rows grow as √(2d): fourfold dimension, twice the value.
    for (const [small, large] of [
      [values[0], values[1]],
      [values[1], values[2]],
    ]) {
      expect(large.wdm / small.wdm).toBeGreaterThan(1.8);
      expect(large.wdm / small.wdm).toBeLessThan(2.2);
    }
  });

  it('WDM of the data themselves grows with the correlation after InfoNCE has stopped', () => {
    const n = 64;
    const values = [0.9, 0.99, 0.999].map((correlation) => {
      const { x, y } = correlatedGaussians(n, 64, correlation);
      const critic = libraryCritic({ name: 'distance', temperature: 0.1 });
      return { cpc: infoNCE(x, y, { critic }).value, wdm: wdm(x, y, { critic: 'distance' }).value };
    });
    for (const [weak, strong] of [
      [values[0], values[1]],
      [values[1], values[2]],
    ]) {
      expect(strong.cpc - weak.cpc).toBeLessThan(1e-3);
      expect(strong.wdm - weak.wdm).toBeGreaterThan(0.5);
    }
  });

  it('InfoNCE <= WDM over all pairs <= √2 W1 for the distance critic on one sample', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), seed, (n, from) => {
        const random = seededRandom(from);
        const [x, y] = [normalRows(random, n, 3), normalRows(random, n, 3)];
        const all = wdmAll(x, y, { critic: 'distance' }).value;
        expect(infoNCE(x, y, { critic: 'distance' }).value).toBeLessThanOrEqual(all + 1e-5);
        expect(all).toBeLessThanOrEqual(Math.SQRT2 * dependencyW1(x, y, { metric: 'l2' }).value + 1e-5);
        expect(all).toBeLessThanOrEqual(dependencyW1(x, y).value + 1e-5);
      }),
      runs,
    );
  });

  it('P equal positives cap InfoNCE at ln(m / P)', () => {
    const random = seededRandom(11);
    const x = normalRows(random, 4, 8, 20);
    const y = x.flatMap((row) => [row, row, row]);
    const positives = x.map((_, i) => [3 * i, 3 * i + 1, 3 * i + 2]);
    const { value } = infoNCE(x, y, { critic: 'distance', positives });
    expectClose(value, Math.log(12 / 3), { absolute: 1e-5 });
  });

  it.each(objectiveNames)('%s of an uninformed critic is 0, whatever the positives, weights and exclusions', (name) => {
    fc.assert(
      fc.property(lossProblem('separable', 'general'), ({ G, H, pairs, ids }) => {
        const score = uninformed[name] ?? 1;
        const units = (rows: Rows, first = 1) => rows.map(() => [first, 0]);
        const options = { critic: 'separable', positives: compressedPositives(pairs), yIds: ids } as const;
        expectClose(lossCalls[name](units(G), units(H, score), options).value, 0, { absolute: 1e-5 });
      }),
      runs,
    );
  });

  it('candidates in another order leave the value and the gradient of the queries alone', () => {
    fc.assert(
      fc.property(lossProblem('bilinear', 'square'), (problem) => {
        const { G, H, pairs } = problem;
        const critic = libraryCritic(problem.critic);
        const turned = [...H.slice(1), H[0]];
        const last = H.length - 1;
        const positives = diagonalPairing(G.length).positives.map((_, i) => [i === 0 ? last : i - 1]);
        for (const name of objectiveNames) {
          const straight = lossCalls[name](G, H, { critic, positives: compressedPositives(pairs) });
          const rotated = lossCalls[name](G, turned, { critic, positives });
          expectClose(rotated.value, straight.value, { absolute: 1e-5, relative: 1e-5 }, name);
          expectClose(rotated.dX ?? [], straight.dX ?? [], { absolute: 2e-6, relative: 3e-5 }, `${name}: dX`);
        }
      }),
      runs,
    );
  });
});

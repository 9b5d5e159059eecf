import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bilinear,
  infoNCE,
  KantorovichError,
  type LossPlan,
  lossPlan,
  matrix,
  OptionsError,
  StateError,
  wdm,
} from '../../ts/entries/node.js';
import type { Rows } from '../reference/linear-algebra.js';
import { loss, lossGradients } from '../reference/loss.js';
import { criticNames } from '../reference/scores.js';
import { type GeneratedProblem, lossProblem, runs } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { builds, libraryObjective, lossCalls, lossOptions, objectiveNames } from '../support/library.js';
import { normalRows, seededRandom } from '../support/random.js';

const G = [
  [1, 0],
  [0, 1],
  [1, 1],
  [-1, 0.5],
];
const H = [
  [0.5, 0.5],
  [0, 1],
  [1, 0],
  [-1, 1],
];
const value = 0.37738750158043;

/** Four pairs of the known value, with the separable critic. */
function knownPlan(deterministic: boolean): LossPlan {
  const plan = lossPlan({ objective: 'cpc', critic: 'separable', n: 4, d: 2, deterministic });
  plan.x.set(G.flat());
  plan.y.set(H.flat());
  return plan;
}

function planOf(name: (typeof objectiveNames)[number], problem: GeneratedProblem, deterministic: boolean): LossPlan {
  const shape = { n: problem.G.length, m: problem.H.length, d: problem.G[0].length, yDim: problem.H[0].length };
  const plan = lossPlan({ objective: libraryObjective(name), ...shape, ...lossOptions(problem), deterministic });
  plan.x.set(problem.G.flat());
  plan.y.set(problem.H.flat());
  return plan;
}

describe.each(builds)('a loss plan in the $build build', ({ deterministic }) => {
  it.each(objectiveNames)('%s has the bits of the one-call form, as often as it is run', (name) => {
    for (const critic of criticNames) {
      fc.assert(
        fc.property(lossProblem(critic, 'general'), (problem) => {
          const call = lossCalls[name](problem.G, problem.H, { ...lossOptions(problem), deterministic });
          const plan = planOf(name, problem, deterministic);
          for (let run = 0; run < 3; run++) {
            expect(plan.run()).toBe(call.value);
            expect(plan.dX).toEqual(call.dX?.data);
            expect(plan.dY).toEqual(call.dY?.data);
          }
          plan.dispose();
        }),
        { ...runs, numRuns: 3 },
      );
    }
  });

  it('forgets the last batch: new inputs, weights and temperature give what a new plan would', () => {
    const random = seededRandom(21);
    const draw = () => [normalRows(random, 9, 3), normalRows(random, 9, 5), normalRows(random, 3, 5, 0.3)] as const;
    const plan = lossPlan({ objective: 'nwj', critic: 'bilinear', n: 9, d: 3, yDim: 5, deterministic });
    for (const temperature of [1, 0.5, 2]) {
      const [x, y, weights] = draw();
      plan.x.set(x.flat());
      plan.y.set(y.flat());
      plan.weights.set(weights.flat());
      plan.temperature = temperature;
      const expected = lossCalls.nwj(x, y, { critic: bilinear({ weights, temperature }), deterministic });
      expect(plan.run()).toBe(expected.value);
      expect(plan.dX).toEqual(expected.dX?.data);
      expect(plan.dWeights).toEqual(expected.dCritic?.weights?.data);
    }
    plan.dispose();
  });

  it.each(criticNames)('has the derivative by the temperature with the %s critic', (critic) => {
    fc.assert(
      fc.property(lossProblem(critic, 'general'), (problem) => {
        for (const name of ['cpc', 'wdm', 'wdm-all', 'dv'] as const) {
          const plan = planOf(name, problem, deterministic);
          expectClose(plan.run(), loss(name, problem), { absolute: 1e-5, relative: 1e-5 }, name);
          const { dTemperature } = lossGradients(name, problem);
          expectClose(plan.dTemperature, dTemperature, { absolute: 3e-5, relative: 3e-5 }, `${name}: dTemperature`);
          plan.dispose();
        }
      }),
      { ...runs, numRuns: 4 },
    );
  });

  it.each(criticNames)(
    'with fixed candidates has the bits of a plan that reads them anew, with the %s critic',
    (critic) => {
      const random = seededRandom(31);
      const shape = { objective: 'cpc', critic, n: 5, m: 70, d: 9, gradients: 'queries', deterministic } as const;
      const [fixed, anew] = [lossPlan({ ...shape, fixedCandidates: true }), lossPlan(shape)];
      const write = (name: 'x' | 'y', rows: number): void => {
        const values = normalRows(random, rows, shape.d).flat();
        for (const plan of [fixed, anew]) plan[name].set(values);
      };
      const expectSame = (): void => {
        expect(fixed.run()).toBe(anew.run());
        expect(fixed.dX).toEqual(anew.dX);
      };
      write('y', shape.m);
      for (let run = 0; run < 3; run++) {
        write('x', shape.n);
        expectSame();
      }
      fixed.x[2] = Number.NaN;
      expect(() => fixed.run()).toThrow(/x/);
      for (let run = 0; run < 2; run++) {
        write('x', shape.n);
        write('y', shape.m);
        expectSame();
      }
      fixed.dispose();
      anew.dispose();
    },
  );

  it.each(['all', 'queries'] as const)(
    'with fixed candidates, gradients %s, reads y only where it is asked for',
    (gradients) => {
      const options = { objective: 'cpc', n: 3, m: 20, d: 4, gradients, fixedCandidates: true, deterministic } as const;
      const random = seededRandom(37);
      const plan = lossPlan(options);
      plan.x.set(normalRows(random, 3, 4).flat());
      const y = plan.y;
      y.set(normalRows(random, 20, 4).flat());
      const first = [plan.run(), plan.dX.slice(), plan.dY.slice()];
      y.set(normalRows(random, 20, 4).flat());
      expect([plan.run(), plan.dX.slice(), plan.dY.slice()]).toEqual(first);
      expect(plan.y).toEqual(y);
      expect(plan.run()).not.toBe(first[0]);
      plan.dispose();
    },
  );

  it('with fixed candidates refuses NaN among them until it is gone', () => {
    const plan = lossPlan({ objective: 'cpc', n: 2, m: 3, d: 2, fixedCandidates: true, deterministic });
    plan.x.fill(1);
    plan.y.fill(1);
    plan.y[5] = Number.NaN;
    for (let run = 0; run < 2; run++) expect(() => plan.run()).toThrow(/y: row 2, column 1/);
    plan.y[5] = 1;
    expectClose(plan.run(), 0, { absolute: 1e-6 });
    plan.dispose();
  });

  it('K6: results and plans outlive the growth of memory', () => {
    const first = infoNCE(G, H, { critic: 'separable', deterministic });
    const kept = Array.from(first.dX?.data ?? []);
    const plan = knownPlan(deterministic);
    const straight = plan.run();
    const large = matrix(new Float32Array(4096 * 512).fill(0.125), 4096, 512);
    expectClose(wdm(large, large, { critic: 'separable', deterministic }).value, 0, { absolute: 1e-3 });
    const neighbour = lossPlan({ objective: 'wdm', critic: 'separable', n: 16384, d: 512, deterministic });
    expect(Array.from(first.dX?.data ?? [])).toEqual(kept);
    expect(kept.length).toBe(8);
    expectClose(infoNCE(G, H, { critic: 'separable', deterministic }).value, value, { absolute: 1e-6 });
    expect(plan.run()).toBe(straight);
    expect(Array.from(plan.dX)).toEqual(kept);
    neighbour.dispose();
    plan.dispose();
  });

  it('K6: a plan written before another one of 64 MiB is created still sees what was written', () => {
    const plan = knownPlan(deterministic);
    const neighbour = lossPlan({ objective: 'wdm', critic: 'separable', n: 32768, d: 256, deterministic });
    expectClose(plan.run(), value, { absolute: 1e-6 });
    neighbour.dispose();
    plan.dispose();
  });

  it('is an error after dispose, which may be called twice', () => {
    const plan = knownPlan(deterministic);
    plan.dispose();
    plan.dispose();
    expect(() => plan.run()).toThrow(StateError);
    expect(() => plan.x).toThrow(StateError);
  });

  it('refuses NaN by name and runs again once it is gone', () => {
    const plan = knownPlan(deterministic);
    plan.x[3] = Number.NaN;
    expect(() => plan.run()).toThrow(/x/);
    plan.x.set(G.flat());
    expectClose(plan.run(), value, { absolute: 1e-6 });
    plan.dispose();
  });

  it.each([
    ['sizes that are no whole numbers', { n: 2.5, d: 3 }, OptionsError],
    ['negative sizes', { n: -1, d: 3 }, OptionsError],
    ['no pairs', { n: 0, d: 3 }, KantorovichError],
    ['no features', { n: 3, d: 0 }, KantorovichError],
    ['more than memory holds', { n: 4_000_000_000, d: 4_000_000_000 }, KantorovichError],
    ['more than memory holds, just', { n: 1_000_000, d: 2_000 }, KantorovichError],
    ['two widths for a critic of one', { n: 3, d: 2, yDim: 3 }, KantorovichError],
  ] as const)('refuses %s, and the library works on', (_, shape, error) => {
    expect(() => lossPlan({ objective: 'cpc', critic: 'separable', ...shape, deterministic })).toThrow(error);
    const plan = knownPlan(deterministic);
    expectClose(plan.run(), value, { absolute: 1e-6 });
    plan.dispose();
  });
});

describe('many plans', () => {
  it('are freed: 2,000 of a megabyte each fit into memory', () => {
    const rows: Rows = G;
    for (let k = 0; k < 2000; k++) {
      const plan = lossPlan({ objective: 'cpc', critic: 'separable', n: 512, d: 128 });
      plan.x.set(rows[0]);
      plan.dispose();
    }
    const plan = knownPlan(false);
    expectClose(plan.run(), value, { absolute: 1e-6 });
    plan.dispose();
  });
});

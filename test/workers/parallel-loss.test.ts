import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
// The compiled package, which `npm test` builds first: a thread cannot be started from TypeScript.
import {
  DataError,
  type LossPlan,
  type LossPlanOptions,
  lossPlan,
  OptionsError,
  StateError,
  WorkerError,
} from '../../dist/entries/node.js';
import { type ParallelLoss, parallelLoss } from '../../dist/entries/workers-node.js';
import { criticNames } from '../../ts/critics/critic.js';
import { objectiveNames } from '../../ts/objectives/objective.js';
import { random } from '../../ts/wasm/random.js';

afterEach(() => vi.unstubAllGlobals());

const arbitraryLoss = fc.record({
  objective: fc.constantFrom(...objectiveNames),
  critic: fc.constantFrom(...criticNames),
  n: fc.integer({ min: 2, max: 300 }),
  more: fc.integer({ min: 0, max: 40 }),
  d: fc.integer({ min: 1, max: 20 }),
  gradients: fc.constantFrom('all', 'queries', 'none'),
  hasIds: fc.boolean(),
  scale: fc.constantFrom(0.3, 8),
});

function fill(to: Float32Array, seed: number, scale: number): void {
  using stream = random(seed);
  for (let i = 0; i < to.length; i++) to[i] = scale * stream.normal();
}

const found = ({ value, surrogate, dTemperature, dX, dY, dWeights }: LossPlan | ParallelLoss) => ({
  value,
  surrogate,
  dTemperature,
  gradients: [dX, dY, dWeights].map((gradient) => Buffer.from(Float32Array.from(gradient).buffer)),
});

/** What a plan finds in so many runs with other numbers, or the words of its error. */
async function outcomes(
  make: () => LossPlan | Promise<ParallelLoss>,
  scale: number,
): Promise<readonly unknown[] | string> {
  try {
    using plan = await make();
    const all: unknown[] = [];
    for (let run = 0; run < 2; run++) {
      fill(plan.x, run, scale);
      fill(plan.y, run + 10, scale);
      plan.temperature = 0.5 + run;
      expect(await plan.run()).toBe(plan.value);
      all.push(found(plan));
    }
    return all;
  } catch (error) {
    return String(error);
  }
}

describe.each(['shared memory', 'messages'])('through %s', (exchange) => {
  it('any number of workers gives the bits of one plan', { timeout: 120_000 }, async () => {
    if (exchange === 'messages') vi.stubGlobal('crossOriginIsolated', false);
    await fc.assert(
      fc.asyncProperty(
        arbitraryLoss,
        fc.integer({ min: 1, max: 4 }),
        async ({ n, more, hasIds, scale, ...rest }, workers) => {
          const m = n + more;
          const yIds = hasIds ? Array.from({ length: m }, (_, j) => j % Math.ceil(m / 2)) : undefined;
          const options: LossPlanOptions = { ...rest, n, m, deterministic: true, ...(yIds && { yIds }) };
          const alone = await outcomes(() => lossPlan(options), scale);
          expect(await outcomes(() => parallelLoss({ ...options, workers }), scale)).toEqual(alone);
        },
      ),
      { numRuns: 12 },
    );
  });

  it("what is written while a run is under way is the next one's", async () => {
    if (exchange === 'messages') vi.stubGlobal('crossOriginIsolated', false);
    const options = { objective: 'cpc', critic: 'bilinear', n: 200, d: 8, deterministic: true } as const;
    using plan = await parallelLoss({ ...options, workers: 2 });
    using alone = lossPlan(options);
    for (const one of [plan, alone]) {
      fill(one.x, 1, 1);
      fill(one.y, 2, 1);
    }
    const run = plan.run();
    for (const matrix of [plan.x, plan.y, plan.weights]) matrix.fill(Number.NaN);
    expect(await run).toBe(alone.run());
    expect(found(plan)).toEqual(found(alone));
    await expect(plan.run()).rejects.toThrow(DataError);
    expect(plan.value).toBe(alone.value);
  });
});

it('W2: negatives of every shard count, and gradients go to all of them', async () => {
  using plan = await parallelLoss({ objective: 'cpc', n: 4, d: 2, workers: 2 });
  plan.x.set([1, 0, 0, 1, 1, 1, -1, 0.5]);
  plan.y.set([0.5, 0.5, 0, 1, 1, 0, -1, 1]);
  expect(await plan.run()).toBeCloseTo(0.37738750158043, 6);
  const close = (gradient: Float32Array, right: readonly number[]): void => {
    for (const [at, number] of right.entries()) expect(gradient[at]).toBeCloseTo(number, 6);
  };
  close(
    plan.dX,
    [-0.0133970378, 0.0294339591, 0.0276403739, 0.0564099055, 0.1659619147, -0.1386539716, -0.1220501963, 0.0260158859],
  );
  close(
    plan.dY,
    [
      0.1306520443, -0.1385873696, -0.0611827457, 0.0633986291, 0.0699098762, 0.1385298079, -0.1393791748,
      -0.0633410674,
    ],
  );
});

it('refuses what is not finite, and goes on', async () => {
  using plan = await parallelLoss({ objective: 'wpc', critic: 'distance', n: 130, d: 3, workers: 2 });
  fill(plan.x, 1, 1);
  fill(plan.y, 2, 1);
  const value = await plan.run();
  const [good = 0] = plan.x;
  plan.x[0] = Number.NaN;
  await expect(plan.run()).rejects.toThrow(DataError);
  plan.x[0] = good;
  expect(await plan.run()).toBe(value);
});

it.each([
  ['more than memory holds', { n: 1e9, d: 512 }],
  ['no pairs', { n: 0, d: 2 }],
  ['one pair, where two are needed', { objective: 'wdm', n: 1, d: 2 }],
  ['fewer candidates than queries', { n: 4, m: 3, d: 2 }],
  ['embeddings of no number', { n: 4, d: 0 }],
  ['two widths for one critic', { n: 4, d: 2, yDim: 3 }],
  ['a positive that there is not', { n: 2, d: 2, positives: [[0], [2]] }],
  ['ids for other candidates', { n: 3, d: 2, yIds: [1, 2] }],
] as const)('refuses %s in the words of a plan', async (_, more) => {
  const options: LossPlanOptions = { objective: 'cpc', ...more };
  const alone = await outcomes(() => lossPlan(options), 1);
  expect(alone).toMatch(/^(Shape|Data|Options)Error: /);
  expect(await outcomes(() => parallelLoss({ ...options, workers: 2 }), 1)).toBe(alone);
});

it('takes no memory of the module for its matrices', async () => {
  const moduleBytes = (): number => {
    using plan = lossPlan({ objective: 'cpc', n: 2, d: 2 });
    return plan.x.buffer.byteLength;
  };
  const before = moduleBytes();
  using plan = await parallelLoss({ objective: 'cpc', n: 2048, d: 512, workers: 1 });
  expect(plan.x).toHaveLength(2048 * 512);
  expect(moduleBytes()).toBe(before);
});

it('refuses options that there are not, a second run meanwhile, and runs after its end', async () => {
  await expect(parallelLoss({ objective: 'cpc', n: 4, d: 2, workers: 0 })).rejects.toThrow(OptionsError);
  await expect(parallelLoss({ objective: 'cpc', n: 4, d: 2, ...{ worker: 2 } })).rejects.toThrow(/worker/);
  const plan = await parallelLoss({ objective: 'cpc', n: 4, d: 2, workers: 1 });
  const run = plan.run();
  await expect(plan.run()).rejects.toThrow(StateError);
  await run;
  plan.dispose();
  await expect(plan.run()).rejects.toThrow(WorkerError);
});

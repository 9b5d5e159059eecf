import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KantorovichError, type LossResult } from '../../ts/entries/node.js';
import { type Rows, sum } from '../reference/linear-algebra.js';
import {
  type LossGradients,
  type LossProblem,
  loss,
  lossGradients,
  lossValue,
  type ObjectiveName,
} from '../reference/loss.js';
import { diagonalPairing } from '../reference/pairing.js';
import { criticNames } from '../reference/scores.js';
import { type GeneratedProblem, lossProblem, normalLayers, type ProblemKind, runs } from './arbitraries.js';
import { expectClose, expectFinite, flatten, float32, type Tolerance } from './close.js';
import { scalarDifference } from './finite-differences.js';
import { type LossCase, readGolden } from './golden.js';
import { builds, type LossCall, libraryCritic, lossCalls, lossOptions } from './library.js';
import { normalRows, seededRandom } from './random.js';

const kinds: readonly ProblemKind[] = ['square', 'rectangular', 'general'];

/** Gradients are sums of float32 products of either sign: their error scales with the terms, not with the sum. */
const gradientTolerance: Tolerance = { absolute: 2e-6, relative: 3e-5 };

/** What every objective owes: the reference's value and gradients with every critic, in every form, in both builds. */
export function describeObjective(name: ObjectiveName): void {
  describe.each(criticNames)(`${name} with the %s critic`, (critic) => {
    it.each(kinds)('has the value and gradients of the reference on %s problems, in both builds', (kind) => {
      fc.assert(
        fc.property(lossProblem(critic, kind), (problem) => expectReference(name, problem)),
        runs,
      );
    });

    it('crosses blocks of 64 rows unharmed, in both builds', () => expectDirections(name, critic));
  });

  describe.each(builds)(`${name} in the $build build`, ({ deterministic }) => {
    const call = callOf(name, deterministic);

    it('has the values and gradients of JAX', () => {
      const cases = readGolden('losses').cases.filter(({ objective }) => objective === name);
      expect(cases.length).toBe(2 * criticNames.length);
      for (const each of cases) expectGolden(call, each);
    });

    it('computes only the gradients asked for', () => expectOnlyAsked(call));
    it('refuses scores beyond float32, or is right about them', () => expectSurvivesOverflow(call, name));
    it('refuses bad input by a typed error, and works on the next call', () => expectRefusals(call));
  });
}

function callOf(name: ObjectiveName, deterministic: boolean): LossCall {
  return (x, y, options) => lossCalls[name](x, y, { ...options, deterministic });
}

function expectReference(name: ObjectiveName, problem: GeneratedProblem): void {
  const [value, surrogate] = [lossValue(name, problem), loss(name, problem)];
  const gradients = lossGradients(name, problem);
  for (const { build, deterministic } of builds) {
    const result = callOf(name, deterministic)(problem.G, problem.H, lossOptions(problem));
    expectClose(result.value, value, { absolute: 1e-5, relative: 1e-5 }, `value in the ${build} build`);
    expectClose(result.surrogate, surrogate, { absolute: 1e-5, relative: 1e-5 }, `surrogate in the ${build} build`);
    expectGradients(result, gradients, problem.critic.name === 'cosine');
  }
}

function expectGradients(result: LossResult, expected: LossGradients, hasTemperature: boolean): void {
  expectClose(result.dX ?? [], expected.dG, gradientTolerance, 'dX');
  expectClose(result.dY ?? [], expected.dH, gradientTolerance, 'dY');
  expectClose(result.dCritic?.weights ?? [], expected.dWeights ?? [], gradientTolerance, 'dCritic.weights');
  expected.dLayers.forEach(({ weights, bias = [] }, l) => {
    const layer = result.dCritic?.layers?.[l];
    expectClose(layer?.weight ?? [], weights, gradientTolerance, `dCritic.layers[${l}].weight`);
    expectClose(layer?.bias ?? [], bias, gradientTolerance, `dCritic.layers[${l}].bias`);
  });
  if (hasTemperature) {
    const found = result.dCritic?.temperature ?? Number.NaN;
    expectClose(found, expected.dTemperature, { absolute: 2e-5, relative: 3e-5 }, 'dCritic.temperature');
  }
}

/** 150 queries against 203 candidates: derivatives along random directions, since there are too many entries for all. */
function expectDirections(name: ObjectiveName, critic: LossCase['critic']): void {
  const random = seededRandom(64);
  const [G, H, alongG, alongH] = [150, 203, 150, 203].map((rows) => normalRows(random, rows, 5, 0.7));
  const weights = critic === 'bilinear' ? normalRows(random, 5, 5, 0.5) : undefined;
  const problem: LossProblem = {
    G,
    H,
    critic: {
      name: critic,
      temperature: 1,
      weights,
      layers: critic === 'joint' ? normalLayers(random, 10, [6, 4]) : undefined,
    },
    pairs: diagonalPairing(150, 203),
  };
  const value = lossValue(name, problem);
  const slopeG = scalarDifference((t) => loss(name, { ...problem, G: moved(G, alongG, t) }), 0);
  const slopeH = scalarDifference((t) => loss(name, { ...problem, H: moved(H, alongH, t) }), 0);
  for (const { build, deterministic } of builds) {
    const result = callOf(name, deterministic)(G, H, { critic: libraryCritic(problem.critic) });
    expectClose(result.value, value, { absolute: 1e-5, relative: 1e-5 }, `value in the ${build} build`);
    expectClose(inner(flatten(result.dX ?? []), alongG), slopeG, { absolute: 1e-5, relative: 1e-4 }, 'slope in x');
    expectClose(inner(flatten(result.dY ?? []), alongH), slopeH, { absolute: 1e-5, relative: 1e-4 }, 'slope in y');
  }
}

function moved(rows: Rows, along: Rows, t: number): Rows {
  return rows.map((row, i) => row.map((value, k) => value + t * along[i][k]));
}

function inner(gradient: readonly number[], along: Rows): number {
  return sum(along.flat().map((value, k) => value * gradient[k]));
}

function expectGolden(call: LossCall, each: LossCase): void {
  const { temperature, weights, layers } = each;
  const critic = libraryCritic({ name: each.critic, temperature, weights, layers });
  const positives = each.positives && {
    offsets: Uint32Array.from([0, ...each.positives.map((_, i, all) => all.slice(0, i + 1).flat().length)]),
    indices: Uint32Array.from(each.positives.flat(), ([candidate]) => candidate),
    weights: Float32Array.from(each.positives.flat(), ([, weight]) => weight),
  };
  const result = call(each.G, each.H, { critic, ...(positives && { positives, yIds: each.ids ?? undefined }) });
  expectClose(result.value, each.value, float32, `${each.critic}: value`);
  expectClose(result.surrogate, each.surrogate ?? each.value, float32, `${each.critic}: surrogate`);
  expectGradients(
    result,
    { ...each, dWeights: each.dWeights ?? null, dLayers: each.dLayers ?? [] },
    each.critic === 'cosine',
  );
}

function expectOnlyAsked(call: LossCall): void {
  const random = seededRandom(3);
  const [x, y] = [normalRows(random, 5, 4), normalRows(random, 7, 4)];
  const critic = libraryCritic({ name: 'bilinear', temperature: 1, weights: normalRows(random, 4, 4, 0.5) });
  const all = call(x, y, { critic });
  const queries = call(x, y, { critic, gradients: 'queries' });
  const none = call(x, y, { critic, gradients: 'none' });
  expect([all.dX?.rows, all.dX?.cols, all.dY?.rows, all.dY?.cols]).toEqual([5, 4, 7, 4]);
  expect([all.dCritic?.weights?.rows, all.dCritic?.weights?.cols]).toEqual([4, 4]);
  expectClose(queries.value, all.value, float32);
  expectClose(queries.dX ?? [], all.dX ?? [], float32, 'dX');
  expect([queries.dY, queries.dCritic]).toEqual([null, null]);
  expectClose(none.value, all.value, float32);
  expect([none.dX, none.dY, none.dCritic]).toEqual([null, null, null]);
}

/** Inputs that no objective can use, by what is wrong with them. */
const refused: Readonly<Record<string, (call: LossCall) => LossResult>> = {
  'no rows': (call) => call([], []),
  'no columns': (call) => call([[], []], [[], []]),
  'ragged rows': (call) =>
    call(
      [[1, 2], [3]],
      [
        [1, 2],
        [3, 4],
      ],
    ),
  'widths that differ': (call) =>
    call(
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ),
  'fewer candidates than queries without positives': (call) => call([[1], [2], [3]], [[1], [2]]),
  'data that do not fill their shape': (call) =>
    call({ data: new Float32Array(5), rows: 2, cols: 3 }, { data: new Float32Array(6), rows: 2, cols: 3 }),
  'a detached buffer': (call) =>
    call(detachedMatrix(), [
      [1, 2],
      [3, 4],
    ]),
  'NaN among the queries': (call) =>
    call(
      [
        [1, Number.NaN],
        [3, 4],
      ],
      [
        [1, 2],
        [3, 4],
      ],
    ),
  'an infinity among the candidates': (call) =>
    call(
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2],
        [Number.POSITIVE_INFINITY, 4],
      ],
    ),
  'a positive out of range': (call) => call([[1], [2]], [[1], [2]], { positives: [[0], [2]] }),
  'a query without a positive': (call) => call([[1], [2]], [[1], [2]], { positives: [[0], []] }),
  'a positive named twice': (call) => call([[1], [2]], [[1], [2]], { positives: [[0, 0], [1]] }),
  'a positive that is no index': (call) => call([[1], [2]], [[1], [2]], { positives: [[0.5], [1]] }),
  'positives for another number of queries': (call) => call([[1], [2]], [[1], [2]], { positives: [[0], [1], [1]] }),
  'offsets that fall': (call) => call([[1], [2]], [[1], [2]], { positives: compressed([0, 2, 1], [0, 1], [1, 1]) }),
  'a negative weight': (call) => call([[1], [2]], [[1], [2]], { positives: compressed([0, 1, 2], [0, 1], [1, -1]) }),
  'weights that are all 0': (call) =>
    call([[1], [2]], [[1], [2]], { positives: compressed([0, 1, 2], [0, 1], [1, 0]) }),
  'a weight that is NaN': (call) =>
    call([[1], [2]], [[1], [2]], { positives: compressed([0, 1, 2], [0, 1], [1, Number.NaN]) }),
  'an id that is no integer': (call) => call([[1], [2]], [[1], [2]], { yIds: [1, 2.5] }),
  'too few ids': (call) => call([[1], [2]], [[1], [2]], { yIds: [1] }),
  'a temperature that is NaN': (call) =>
    call([[1], [2]], [[1], [2]], { critic: libraryCritic({ name: 'distance', temperature: Number.NaN }) }),
  'a temperature below 0': (call) =>
    call([[1], [2]], [[1], [2]], { critic: libraryCritic({ name: 'cosine', temperature: -1 }) }),
  'a temperature of 0': (call) =>
    call([[1], [2]], [[1], [2]], { critic: libraryCritic({ name: 'separable', temperature: 0 }) }),
  'bilinear weights of another shape': (call) =>
    call([[1], [2]], [[1], [2]], { critic: libraryCritic({ name: 'bilinear', temperature: 1, weights: [[1, 2]] }) }),
};

/** A closed form may hold in float64 where scores of 1e60 would not fit; NaN or an infinity must never come out. */
function expectSurvivesOverflow(call: LossCall, name: ObjectiveName): void {
  const random = seededRandom(5);
  const [G, H] = [normalRows(random, 3, 2, 1e30), normalRows(random, 3, 2, 1e30)];
  const critic = { name: 'separable', temperature: 1 } as const;
  let result: LossResult | null = null;
  try {
    result = call(G, H, { critic: libraryCritic(critic) });
  } catch (error) {
    expect(error).toBeInstanceOf(KantorovichError);
  }
  if (result !== null) {
    expectClose(result.value, lossValue(name, { G, H, critic, pairs: diagonalPairing(3) }), float32);
    expectFinite(result.dX ?? [], 'dX');
    expectFinite(result.dY ?? [], 'dY');
  }
  expectFinite(call([[1], [2]], [[1], [2]], { critic: 'separable' }).value, 'value of the next call');
}

function compressed(offsets: readonly number[], indices: readonly number[], weights: readonly number[]) {
  return {
    offsets: Uint32Array.from(offsets),
    indices: Uint32Array.from(indices),
    weights: Float32Array.from(weights),
  };
}

function detachedMatrix() {
  const data = new Float32Array(4);
  structuredClone(data.buffer, { transfer: [data.buffer] });
  return { data, rows: 2, cols: 2 };
}

function expectRefusals(call: LossCall): void {
  const sound = () =>
    call(
      [
        [1, 0.5],
        [-0.5, 1],
      ],
      [
        [0.5, 1],
        [-1, 0.25],
      ],
    );
  const before = sound();
  for (const [what, attempt] of Object.entries(refused)) {
    expect(() => attempt(call), what).toThrow(KantorovichError);
    const after = sound();
    expect(after.value, `after ${what}`).toBe(before.value);
    expectFinite(after.dX ?? [], `dX after ${what}`);
  }
}

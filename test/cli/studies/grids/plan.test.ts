import { describe, expect, it } from 'vitest';
import { candidates, runPlan, searchPlan, sweepsOf } from '../../../../ts/cli/studies/grids/plan.js';
import { METHODS } from '../../../../ts/cli/studies/methods.js';

const settings = new Map(METHODS.map(({ id }) => [id, { learningRate: 1e-3, temperature: 1, coefficient: null }]));

describe('the plan of grids', () => {
  it('varies one factor at a time around the middle', () => {
    const middle = { data: 'digits:3x3', pairs: null, batch: 64, encoder: '256-256-64' };
    for (const { levels } of sweepsOf({})) {
      for (const { cell } of levels) {
        const changed = Object.entries(middle).filter(([name, value]) => Object(cell)[name] !== value);
        expect(changed.length).toBeLessThanOrEqual(1);
      }
    }
  });

  it('covers the axes of the paper: mutual information, batch, data, inductive bias', () => {
    const cells = sweepsOf({}).flatMap(({ levels }) => levels.map(({ cell }) => cell));
    const seen = <T>(values: readonly T[]) => [...new Set(values)];
    expect(seen(cells.map(({ data }) => data)).sort()).toEqual(
      ['digits:1x1', 'digits:2x2', 'digits:3x3', 'omniglot:1x1', 'omniglot:2x2', 'omniglot:3x3'].sort(),
    );
    expect(seen(cells.map(({ batch }) => batch)).sort((a, b) => a - b)).toEqual([16, 64, 256, 1024]);
    expect(seen(cells.map(({ pairs }) => pairs))).toEqual(expect.arrayContaining([null, 1000, 5000]));
    expect(seen(cells.map(({ encoder }) => encoder))).toContain('convnet');
  });

  it('searches as many settings for every method, with a seed that no run has', () => {
    const counts = METHODS.map((method) => candidates(method, {}).length);
    expect(new Set(counts).size).toBe(1);
    const search = searchPlan({ seeds: 3 });
    expect(search).toHaveLength(counts[0] * METHODS.length);
    const seeds = new Set(runPlan({ seeds: 3 }, settings).map(({ seed }) => seed));
    expect(search.some(({ seed }) => seeds.has(seed))).toBe(false);
  });

  it('has no run twice, seed by seed, and the large batches last', () => {
    const plan = runPlan({ seeds: 3 }, settings);
    expect(new Set(plan.map((key) => JSON.stringify(key))).size).toBe(plan.length);
    const small = plan.filter(({ batch }) => batch <= 256);
    expect(plan.slice(0, small.length)).toEqual(small);
    expect(small.map(({ seed }) => seed)).toEqual(small.map(({ seed }) => seed).sort());
    for (const { id } of METHODS) {
      expect(plan.filter(({ method }) => method === id)).toHaveLength(plan.length / METHODS.length);
    }
  });

  it('leaves out a method that has no settings yet', () => {
    expect(runPlan({ seeds: 1 }, new Map())).toEqual([]);
  });
});

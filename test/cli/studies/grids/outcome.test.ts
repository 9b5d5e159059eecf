import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { gridsFigure } from '../../../../ts/cli/studies/grids/figure.js';
import {
  accuracyAtEnd,
  accuracyAtTime,
  chosenSettings,
  type GridsRun,
  interpolated,
  timeLimit,
} from '../../../../ts/cli/studies/grids/outcome.js';
import { runPlan, searchPlan, sweepsOf } from '../../../../ts/cli/studies/grids/plan.js';
import { gridsPage } from '../../../../ts/cli/studies/grids/tables.js';
import { METHODS } from '../../../../ts/cli/studies/methods.js';

const options = { seeds: 2, steps: 100 };
const search = searchPlan(options);
/** The second setting of each method does best on validation drawings, and worst on test drawings. */
const searched: readonly GridsRun[] = search.map((key, i) => {
  const isSecond = i % (search.length / METHODS.length) === 1;
  return { key, result: resultOf([[100, isSecond ? 0.1 : 0.9, isSecond ? 0.8 : 0.2]]) };
});
const settings = chosenSettings(searched, search);
/** Accuracies rise with the method's place; the first method takes a second, each later one a second more. */
const runs: readonly GridsRun[] = runPlan(options, settings).map((key) => {
  const place = METHODS.findIndex(({ id }) => id === key.method);
  const end = 0.5 + 0.1 * place + 0.01 * (key.seed - 1.5);
  return {
    key,
    result: resultOf(
      [
        [50, end - 0.2, 0],
        [100, end, 0],
      ],
      0.01 * (place + 1),
    ),
  };
});
const middle = sweepsOf({})[0].levels[2].cell;

function resultOf(curve: readonly (readonly [number, number, number])[], secondsPerStep = 0.01): GridsRun['result'] {
  return {
    curve: curve.map(([step, test, validation]) => ({ step, test, validation })),
    perCell: [0.5, 0.7],
    value: 1,
    wdm: 2,
    lipschitzConstant: null,
    secondsPerStep,
    failure: null,
  };
}

describe('chosenSettings', () => {
  it('chooses by validation drawings, whatever the test drawings say', () => {
    const second = search.filter((_, i) => i % (search.length / METHODS.length) === 1);
    for (const { method, learningRate, temperature, coefficient } of second) {
      expect(settings.get(method)).toEqual({ learningRate, temperature, coefficient });
    }
  });

  it('chooses nothing for a method whose search is not complete', () => {
    const partial = chosenSettings(searched.slice(1), search);
    expect(partial.has(METHODS[0].id)).toBe(false);
    expect(partial.has(METHODS[1].id)).toBe(true);
  });
});

describe('accuracies', () => {
  it('at the end are means over seeds', () => {
    const found = accuracyAtEnd(runs, middle, METHODS[1].id);
    expect(found?.count).toBe(2);
    expect(found?.mean).toBeCloseTo(0.6, 12);
  });

  it('at equal seconds stop each method where the quickest ends', () => {
    expect(timeLimit(runs, middle)).toBeCloseTo(1, 12);
    const at = (place: number) => accuracyAtTime(runs, middle, METHODS[place].id, 1)?.mean;
    expect(at(0)).toBeCloseTo(0.5, 12);
    // Twice the time a step: after 50 of 100 steps.
    expect(at(1)).toBeCloseTo(0.4, 12);
    // Before its first probe there is nothing to read off.
    expect(at(2)).toBeUndefined();
  });

  it('lie on straight lines between probes', () => {
    const { curve } = resultOf([
      [10, 0.2, 0],
      [20, 0.4, 0],
    ]);
    expect([5, 10, 15, 20, 30].map((step) => interpolated(curve, step))).toEqual([
      null,
      0.2,
      expect.closeTo(0.3, 12),
      0.4,
      0.4,
    ]);
    expect(interpolated([], 5)).toBeNull();
  });
});

describe('the figure of grids', () => {
  it('has a panel for every sweep that was run, and one for the cells of the largest Omniglot grid', () => {
    const panelsOf = (svg: string) =>
      new JSDOM(svg, { contentType: 'image/svg+xml' }).window.document.querySelectorAll('svg > svg').length;
    expect(panelsOf(gridsFigure(runs))).toBe(sweepsOf({}).length + 1);
    const digits = runs.filter(({ key }) => !key.data.startsWith('omniglot'));
    expect(panelsOf(gridsFigure(digits))).toBe(sweepsOf({}).length - 1);
  });
});

describe('the page of grids', () => {
  it('names the best method of every row, and says where CPC is best', () => {
    expect(gridsPage([...searched, ...runs], 'foot')).toMatch(/No form of CPC is best in any row/);
    const reversed = runs.map((run) => {
      const curve = run.result.curve.map((point) => ({ ...point, test: 1 - point.test }));
      return { ...run, result: { ...run.result, curve } };
    });
    const page = gridsPage([...searched, ...reversed], 'foot');
    expect(page).toMatch(/CPC is best for .*batch size, n 16 \(CPC, separable\)/);
    expect(page.match(/\| +CPC, separable \|$/gm)?.length).toBeGreaterThan(10);
  });

  it('marks a chosen setting of each method, and lists runs that failed', () => {
    const failing = runs.map((run, i) =>
      i === 0 ? { ...run, result: { ...run.result, curve: [], failure: 'too wide' } } : run,
    );
    const page = gridsPage([...searched, ...failing], 'foot');
    expect(page.match(/ ← /g)).toHaveLength(METHODS.length);
    expect(page).toMatch(/could not be trained: cpc-separable on digits:3x3, n 64, 256-256-64: too wide/);
  });

  it('has rows only for what was run', () => {
    const some = runs.filter(({ key }) => !key.data.startsWith('omniglot'));
    const page = gridsPage([...searched, ...some], 'foot');
    expect(page).not.toMatch(/Omniglot/);
    expect(page).toMatch(/Batch size: n 1024/);
  });
});

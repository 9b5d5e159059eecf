import { describe, expect, it } from 'vitest';
import { type LogNKey, logNPlan } from '../../../../ts/cli/studies/log-n/plan.js';
import { gaussianW2, groupsOf, logNPage, valueAt } from '../../../../ts/cli/studies/log-n/table.js';

/** Runs whose every value says what it was measured of: n, but for one batch without a number. */
const runs = logNPlan({ seeds: 2, quick: true }).map((key) => ({ key, result: resultOf(key) }));

function resultOf(key: LogNKey) {
  const values = key.batches.map(([n, count]) => ({
    n,
    batches: Array.from({ length: count }, (_, i) => (i === 0 ? null : n + key.seed)),
  }));
  return { lipschitzConstant: null, values, failure: null };
}

describe('the tables of log-n', () => {
  it('summarise all batches of all seeds that gave a number', () => {
    const [group] = groupsOf(runs);
    const [[n, count]] = group.runs[0].key.batches;
    const summary = valueAt(group, group.runs[0].key.nats, n);
    expect(summary?.count).toBe(2 * (count - 1));
    expect(summary?.mean).toBeCloseTo(n + 1.5, 12);
  });

  it('have a row for every estimate and batch size, and the ceiling beside InfoNCE', () => {
    const page = logNPage(runs, 'Made by hand.');
    const rows = page.split('\n').filter((line) => line.startsWith('| '));
    // Three exact critics and four trained ones on Gaussians, four on digits; a row of heads and a rule each; and W_2.
    expect(rows).toHaveLength((3 + 4 + 4) * 3 + 2 * 2 + 1);
    expect(page).toMatch(/InfoNCE, n 256 \(log n 5\.55\)/);
    expect(page).toMatch(/\nMade by hand\.\n$/);
  });

  it('know W_2 of Gaussians: 0 without dependence, √(d (4 - 2√2)) with x = y', () => {
    expect(gaussianW2(0)).toBeCloseTo(0, 12);
    expect(gaussianW2(1e6)).toBeCloseTo(Math.sqrt(20 * (4 - 2 * Math.SQRT2)), 9);
  });
});

import { expect, it } from 'vitest';
import { resultTable } from '../../scripts/start/table.js';
import { sampleResults } from './sample-results.js';

it('lines up every row under its heads', () => {
  const { models, baselines } = sampleResults();
  const lines = resultTable([...models, ...baselines].map(({ row }) => row)).split('\n');
  expect(lines).toHaveLength(3 + models.length + baselines.length);
  expect(lines.pop()).toMatch(/^† no Wasserstein quantity/);
  expect(lines.filter((line) => line.includes('†')).every((line) => line.includes('none'))).toBe(true);
  expect(lines[0]).toMatch(
    /^objective +critic +constraint +value +log n +true MI +WDM +certified L +steepest +metric +W₁ ≥ +probe +seconds$/,
  );
  const [valueEnd, probeEnd] = ['value', 'probe'].map((head) => lines[0].indexOf(head) + head.length);
  for (const line of lines.slice(2)) {
    expect(line.slice(valueEnd - 4, valueEnd)).toMatch(/^(\d\.\d\d| {3}—)$/);
    expect(line.slice(probeEnd - 6, probeEnd)).toMatch(/^\d\d\.\d\s%$/);
  }
});

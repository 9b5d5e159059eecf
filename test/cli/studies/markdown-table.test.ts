import { expect, it } from 'vitest';
import { markdownTable } from '../../../ts/cli/studies/markdown-table.js';

it('aligns the first column left and numbers right, in markdown and in plain text', () => {
  const text = markdownTable({
    heads: ['method', 'n 16', 'n'],
    rows: [
      ['CPC', '1.25 ± 0.10', '2'],
      ['WPC, penalty', '—', '30'],
    ],
  });
  expect(text.split('\n')).toEqual([
    '| method       |        n 16 |   n |',
    '| ------------ | ----------: | --: |',
    '| CPC          | 1.25 ± 0.10 |   2 |',
    '| WPC, penalty |           — |  30 |',
  ]);
});

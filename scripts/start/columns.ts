import { numberText, percentText } from '../../ts/cli/figures/html.js';
import type { ResultRow } from '../../ts/cli/result-row.js';

/** A column of the table, the same in the terminal and in the report. */
export interface Column {
  readonly head: string;
  /** Set to the left; numbers to the right. */
  readonly isText: boolean;
  readonly cell: (row: ResultRow) => string;
}

const text = (head: string, cell: Column['cell']): Column => ({ head, isText: true, cell });
const number = (head: string, cell: Column['cell']): Column => ({ head, isText: false, cell });

/** What † says under a table. */
export const DAGGER = '† no Wasserstein quantity: nothing keeps this critic Lipschitz';

/** The table's columns in their order. */
export const columns: readonly Column[] = [
  text('objective', ({ objective }) => objective),
  text('critic', ({ critic }) => critic ?? '—'),
  text('constraint', ({ lipschitz }) => lipschitz ?? '—'),
  number('value', ({ value }) => numberText(value, 2)),
  number('log n', ({ logN }) => numberText(logN, 2)),
  number('true MI', ({ mutualInformation }) => numberText(mutualInformation, 2)),
  number('WDM', ({ wdm, lipschitz }) => `${lipschitz === 'none' ? '† ' : ''}${numberText(wdm, 2)}`),
  number('certified L', ({ lipschitzConstant }) => numberText(lipschitzConstant, 2)),
  number('steepest', ({ steepestSlope }) => numberText(steepestSlope ?? null, 2)),
  text('metric', ({ metric }) => metric ?? '—'),
  number('W₁ ≥', ({ w1LowerBound }) => numberText(w1LowerBound, 2)),
  number('probe', ({ probe }) => percentText(probe)),
  number('seconds', ({ seconds }) => numberText(seconds, 1)),
];

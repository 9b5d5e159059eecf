import { escapeHtml } from '../../../ts/cli/figures/html.js';
import { columns, DAGGER } from '../columns.js';
import type { FeatureResult } from '../results.js';
import { seriesOf } from './series.js';

/** The table of all models and baselines, as HTML. */
export function resultTable(results: readonly FeatureResult[]): string {
  const heads = columns.map(
    ({ head, isText }) => `<th scope="col"${isText ? '' : ' class="number"'}>${escapeHtml(head)}</th>`,
  );
  return `<div class="scroll" tabindex="0" role="region" aria-labelledby="table-title">
<table>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>
${results.map(tableRow).join('\n')}
</tbody>
</table>
</div>
<p class="remark">${escapeHtml(DAGGER)}.</p>`;
}

function tableRow({ id, row, curve }: FeatureResult): string {
  const cells = columns.map(({ isText, cell }, i) => {
    const text = escapeHtml(cell(row));
    if (i > 0) return `<td${isText ? '' : ' class="number"'}>${text}</td>`;
    const key = curve.length > 0 ? `<span class="key" style="background:${seriesOf(id).colour}"></span>` : '';
    return `<th scope="row">${key}${text}</th>`;
  });
  return `<tr>${cells.join('')}</tr>`;
}

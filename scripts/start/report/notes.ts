import { numberText } from '../../../ts/cli/figures/html.js';
import type { StartResults } from '../results.js';

/** How to read the columns: what is a Wasserstein quantity and what is not, and how things were measured. */
export function notes({ models, settings }: StartResults): string {
  return `<section id="notes" aria-labelledby="notes-title">
<h2 id="notes-title">How to read it</h2>
<dl>
<dt>Value</dt><dd>The objective on held-out pairs (test drawings), in batches of n = ${settings.batch}. For CPC, in nats, a lower
bound on mutual information.</dd>
<dt>WDM</dt><dd>The mean score of pairs less that of mismatched pairs. ${wassersteinNote(models.map(({ row }) => row.lipschitz))}</dd>
<dt>Certified L, steepest, metric, W₁ ≥</dt><dd>A constant that the critic, as a function of (x, y), provably does not exceed in that metric;
WDM over all pairs of the test sample, divided by it, bounds from below the Wasserstein-1 distance from the sample’s pairs to the
product of its marginals. “—”: nothing is certified. Steepest: the largest change of the critic over distance, in the l2 metric, that
a search found between two test pairs; the true constant lies between the two.</dd>
<dt>Probe</dt><dd>A linear softmax for each cell on the standardised embedding of x, trained to convergence; its L2 strength is chosen
on validation drawings, by the same search for every row; accuracy is the mean over the cells on test drawings, which served
for nothing else. Drawings are split 60/20/20; digits are drawn uniformly.</dd>
<dt>One run</dt><dd>All rows share one seed (${settings.seed}); other seeds move the probe by about half a point. The value of
${numberText(settings.mutualInformation, 2)} nats is exact: ${settings.grid ** 2} log 10.</dd>
</dl>
</section>`;
}

function wassersteinNote(constraints: readonly (string | null)[]): string {
  const parts = [
    constraints.includes('none') &&
      'Without a constraint on the critic (none) it is no Wasserstein quantity: it grows with the scale of the scores.',
    constraints.includes('gradient-penalty') &&
      'Under the gradient penalty it estimates the Wasserstein dependency measure as far as the penalty holds the critic near norm 1; nothing is certified.',
    constraints.includes('orthonormal') &&
      'With orthonormal layers and the distance critic, L times that measure bounds it.',
  ];
  return parts.filter((part) => part !== false).join(' ');
}

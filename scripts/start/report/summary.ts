import { escapeHtml, numberText, percentText } from '../../../ts/cli/figures/html.js';
import type { FeatureResult, StartResults } from '../results.js';

/** Three sentences on what the run shows, with its own numbers, whatever they are. */
export function summary({ models, baselines, settings }: StartResults): string {
  const cpc = best(models.filter(({ row }) => row.objective.startsWith('cpc')));
  const wasserstein = best(models.filter(({ row }) => row.lipschitz !== 'none'));
  const features = baselines.map(({ label, row }) => `${escapeHtml(label)} ${percentText(row.probe)}`).join(', ');
  const { batch, mutualInformation, steps } = settings;
  const sentences = [
    `The pairs share ${numberText(mutualInformation, 2)} nats, while CPC’s value can never show more than
log ${batch} = ${numberText(Math.log(batch), 2)} nats of them.`,
    cpc && wasserstein && comparison(cpc, wasserstein, steps),
    features === '' ? null : `The same probe on features that need no training: ${features}.`,
  ];
  return `<p class="lead">${sentences.filter((sentence) => sentence).join(' ')}</p>`;
}

function comparison(cpc: FeatureResult, wasserstein: FeatureResult, steps: number): string {
  const gap = 100 * (wasserstein.row.probe - cpc.row.probe);
  const size = numberText(Math.abs(gap), 1);
  const verdict = gap > 0 ? `${size} points more than` : gap < 0 ? `${size} points less than` : 'the same as';
  return `After ${steps.toLocaleString('en')} steps a linear probe reads ${percentText(wasserstein.row.probe)} of the digits of
held-out drawings from the embedding of the best model with a Lipschitz constraint (${escapeHtml(wasserstein.label)}),
${verdict} from that of the best CPC model (${escapeHtml(cpc.label)}, ${percentText(cpc.row.probe)}).`;
}

function best(results: readonly FeatureResult[]): FeatureResult | null {
  return results.reduce<FeatureResult | null>(
    (top, next) => (top === null || next.row.probe > top.row.probe ? next : top),
    null,
  );
}

import { escapeHtml, numberText } from '../../../ts/cli/figures/html.js';
import type { RunSettings, StartResults } from '../results.js';
import { accuracyFigure } from './accuracy-figure.js';
import { embeddingFigure } from './embedding-figure.js';
import { notes } from './notes.js';
import { resultTable } from './result-table.js';
import { sampleFigure } from './sample-figure.js';
import { STYLE } from './style.js';
import { summary } from './summary.js';
import { valueFigure } from './value-figure.js';

/** The whole report: one HTML document that needs no script, no file beside it and no network. */
export function reportPage(results: StartResults, madeBy: string): string {
  const { models, baselines, samples, settings } = results;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>kantorovich: CPC and Wasserstein objectives on grids of digits</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>CPC and Wasserstein objectives on grids of digits</h1>
<p class="subtitle">What ${models.length} pairs of encoders learn from ${settings.grid} × ${settings.grid} grids of handwritten digits, where the
data share more than log n nats</p>
${facts(settings)}
</header>
<main>
${summary(results)}
${sampleFigure(samples, settings.grid)}
${accuracyFigure(models, baselines)}
${valueFigure(models, settings)}
<section id="table" aria-labelledby="table-title">
<h2 id="table-title">All numbers</h2>
${resultTable([...models, ...baselines])}
</section>
${embeddingFigure([...baselines, ...models])}
${notes(results)}
</main>
<footer>${escapeHtml(madeBy)}</footer>
</body>
</html>
`;
}

function facts({ mutualInformation, batch, encoder, steps, learningRate }: RunSettings): string {
  const items = [
    ['True mutual information', `${numberText(mutualInformation, 2)} nats`],
    [`log n, n = ${batch}`, `${numberText(Math.log(batch), 2)} nats`],
    ['Encoders', encoder],
    ['Training', `${steps.toLocaleString('en')} steps, Adam ${learningRate}`],
  ];
  const cells = items.map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`);
  return `<dl class="facts">${cells.join('')}</dl>`;
}

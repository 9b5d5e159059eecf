import { create } from '../elements.js';
import type { FitOutcome } from './service.js';

/** What held-out queries say, and the adapter to take along. */
export function reportOf({ improved, reason, report, adapter }: FitOutcome): readonly HTMLElement[] {
  const { ranks, queries, documents, seconds } = report;
  const count = (value: number): string => value.toLocaleString('en');
  const verdict = create(
    'p',
    { className: improved ? 'verdict' : 'verdict refused' },
    create('strong', { textContent: improved ? 'Better. ' : 'Not shown to be better. ' }),
    `${sentence(reason)} Of ${count(queries.test)} test queries, ${count(ranks.better)} rank their document better, ` +
      `${count(ranks.worse)} worse, ${count(ranks.same)} the same.` +
      (improved ? '' : ' The file changes nothing.'),
  );
  const facts = `${count(queries.train)} queries for training, ${count(documents)} documents searched; ${seconds.toFixed(1)} s in this page.`;
  return [
    verdict,
    create('div', { className: 'scroll' }, metricTable(report)),
    create('p', { className: 'small', textContent: facts }),
    download(adapter),
  ];
}

function metricTable({ metrics }: FitOutcome['report']): HTMLElement {
  const heads = ['metric', 'base', 'adapted', 'change', '95 % interval'].map((text, i) =>
    create('th', { scope: 'col', textContent: text, className: i === 4 ? 'interval' : '' }),
  );
  const bars = create(
    'th',
    { className: 'bars' },
    create('span', { className: 'hidden', textContent: 'base and adapted as bars' }),
  );
  const rows = Object.entries(metrics).map(([name, { base, adapted, delta, interval }]) => {
    const figures = [
      base === null ? '–' : base.toFixed(3),
      adapted.toFixed(3),
      signed(delta),
      interval.map(signed).join(' to '),
    ];
    const cells = figures.map((text, i) => create('td', { textContent: text, className: i === 3 ? 'interval' : '' }));
    return create('tr', {}, create('th', { scope: 'row', textContent: name }), ...cells, barsOf(base ?? 0, adapted));
  });
  return create(
    'table',
    {},
    create('caption', {
      textContent: 'Test queries, which nothing else has seen: vectors as they are (grey), and adapted (green).',
    }),
    create('thead', {}, create('tr', {}, ...heads, bars)),
    create('tbody', {}, ...rows),
  );
}

function barsOf(...values: readonly number[]): HTMLElement {
  const bars = values.map((value) => {
    const bar = create('span', { className: 'bar' });
    bar.style.setProperty('--value', String(value));
    return bar;
  });
  return create('td', { className: 'bars' }, ...bars);
}

/** A link to the adapter's bytes, which stay in the page. */
function download(adapter: Uint8Array): HTMLElement {
  const file = new Blob([Uint8Array.from(adapter)], { type: 'application/octet-stream' });
  const size = `${(adapter.length / 1024).toFixed(0)} kB`;
  const link = create('a', {
    className: 'button',
    href: URL.createObjectURL(file),
    download: 'adapter.safetensors',
    textContent: `Download adapter.safetensors (${size})`,
  });
  return create('p', {}, link);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

import { markdownTable } from '../markdown-table.js';
import { METHODS } from '../methods.js';
import { type Summary, summaryText } from '../summary.js';
import {
  accuracyAtEnd,
  accuracyAtTime,
  chosenSettings,
  type GridsRun,
  runsIn,
  timeLimit,
  validationOf,
} from './outcome.js';
import { type Cell, type GridsKey, type Sweep, sweepsOf } from './plan.js';

const percent = (share: number) => (100 * share).toFixed(1);
const LABELS = METHODS.map(({ label }) => label);

/** The study's tables as a page of markdown. */
export function gridsPage(runs: readonly GridsRun[], foot: string): string {
  const sweeps = sweepsIn(runs);
  return `${[
    '# CPC beside WPC and WDM',
    introduction(runs),
    '## Equal steps',
    stepsTable(runs, sweeps),
    verdict(runs, sweeps),
    '## Equal seconds',
    EQUAL_SECONDS,
    secondsTable(runs, sweeps),
    ...byCell(runs, sweeps),
    '## The search',
    SEARCH,
    searchTable(runs),
    ...failures(runs),
    foot,
  ].join('\n\n')}\n`;
}

/** The sweeps with those levels that have runs. */
export function sweepsIn(runs: readonly GridsRun[]): readonly Sweep[] {
  const hasRuns = (cell: Cell) => METHODS.some(({ id }) => runsIn(runs, cell, id).length > 0);
  return sweepsOf({}).map(({ title, levels }) => ({ title, levels: levels.filter(({ cell }) => hasRuns(cell)) }));
}

function introduction(runs: readonly GridsRun[]): string {
  const { steps, probeItems } = runs[0].key;
  return `Accuracy of a linear probe on the frozen embeddings of x, in per cent, mean over the cells of a grid, on test
drawings that neither encoders nor probe have seen: mean ± standard deviation over seeds. One factor at a time is varied
around the middle: grids of 3 x 3 digits (tiles of 14 x 14 pixels, ${(9 * Math.LN10).toFixed(1)} nats), batches of 64,
pairs drawn afresh for every step, fully connected encoders 256-256-64. ${steps.toLocaleString('en')} steps of Adam for every run; probes are
fitted to ${probeItems.toLocaleString('en')} items. Each method has the settings that did best on validation drawings in the middle (below).`;
}

function stepsTable(runs: readonly GridsRun[], sweeps: readonly Sweep[]): string {
  const row = (name: string, cell: Cell) => {
    const found = METHODS.map(({ id }) => accuracyAtEnd(runs, cell, id));
    return [name, ...found.map((summary) => summaryText(summary, percent)), bestLabel(found)];
  };
  return sweepTable(['', ...LABELS, 'best'], sweeps, row);
}

const EQUAL_SECONDS = `The same runs when each method gets the seconds of training that the quickest takes for all its steps: accuracies are
read off the probes along the run, on straight lines between them. Seconds are of training alone on one thread, at the
speed of the quickest tenth of steps of the quickest seed, so that what else the machine did counts least.`;

function secondsTable(runs: readonly GridsRun[], sweeps: readonly Sweep[]): string {
  const row = (name: string, cell: Cell) => {
    const limit = timeLimit(runs, cell);
    const found = METHODS.map(({ id }) => (limit === null ? null : accuracyAtTime(runs, cell, id, limit)));
    return [
      name,
      limit === null ? '—' : limit.toFixed(1),
      ...found.map((summary) => summaryText(summary, percent)),
      bestLabel(found),
    ];
  };
  return sweepTable(['', 'seconds', ...LABELS, 'best'], sweeps, row);
}

function sweepTable(
  heads: readonly string[],
  sweeps: readonly Sweep[],
  row: (name: string, cell: Cell) => readonly string[],
): string {
  const rows = sweeps.flatMap(({ title, levels }) => levels.map(({ name, cell }) => row(`${title}: ${name}`, cell)));
  return markdownTable({ heads, rows });
}

/** The method with the highest mean; with a question mark where another's spread reaches it. */
function bestLabel(found: readonly (Summary | null)[]): string {
  const best = bestOf(found);
  if (best < 0) return '—';
  const isClear = found.every((summary, i) => i === best || summary === null || isAbove(found[best], summary));
  return `${LABELS[best]}${isClear ? '' : ' ?'}`;
}

function bestOf(found: readonly (Summary | null)[]): number {
  return found.reduce((best, summary, i) => {
    if (summary === null) return best;
    const leader = best < 0 ? null : found[best];
    return leader === null || summary.mean > leader.mean ? i : best;
  }, -1);
}

/** Whether two means lie further apart than both spreads together. */
function isAbove(high: Summary | null, low: Summary): boolean {
  return high !== null && high.mean - low.mean > (high.deviation ?? 0) + (low.deviation ?? 0);
}

/** Where a form of CPC did best, in words. */
function verdict(runs: readonly GridsRun[], sweeps: readonly Sweep[]): string {
  const cells = new Map(
    sweeps.flatMap(({ title, levels }) =>
      levels.map(({ name, cell }) => [JSON.stringify(cell), { title, name, cell }]),
    ),
  );
  const won = [...cells.values()].flatMap(({ title, name, cell }) => {
    const best = bestOf(METHODS.map(({ id }) => accuracyAtEnd(runs, cell, id)));
    return best >= 0 && METHODS[best].objective === 'cpc' ? [`${title.toLowerCase()}, ${name} (${LABELS[best]})`] : [];
  });
  const mark = 'A question mark: another method lies within the two spreads.';
  return won.length === 0 ? `No form of CPC is best in any row. ${mark}` : `CPC is best for ${won.join('; ')}. ${mark}`;
}

/** Test accuracy of each cell of the largest Omniglot grid, if there is one. */
function byCell(runs: readonly GridsRun[], sweeps: readonly Sweep[]): readonly string[] {
  const cell = largestOmniglot(sweeps);
  if (cell === null) return [];
  const columns = METHODS.map(({ id }) => perCell(runsIn(runs, cell, id)));
  const count = Math.max(...columns.map((column) => column.length));
  const rows = Array.from({ length: count }, (_, i) => [
    ALPHABETS[i] ?? `cell ${i + 1}`,
    ...columns.map((column) => (column[i] === undefined ? '—' : percent(column[i]))),
  ]);
  return [
    '## Omniglot by cell',
    'Each cell has an alphabet of its own, the largest first; mean over seeds.',
    markdownTable({ heads: ['cell', ...LABELS], rows }),
  ];
}

/** What stands in the cells of omniglot:3x3, with the number of classes. */
export const ALPHABETS: readonly string[] = [
  'katakana (47)',
  'Sanskrit (42)',
  'Korean (40)',
  'Latin (26)',
  'Balinese (24)',
  'Greek (24)',
  'Aramaic (22)',
  'Tagalog (17)',
  'digits (10)',
];

/** The last Omniglot cell of the sweeps; null without any. */
export function largestOmniglot(sweeps: readonly Sweep[]): Cell | null {
  const cells = sweeps.flatMap(({ levels }) => levels.map(({ cell }) => cell));
  return cells.filter(({ data }) => data.startsWith('omniglot')).at(-1) ?? null;
}

/** The accuracy of each cell, mean over runs. */
export function perCell(runs: readonly GridsRun[]): readonly number[] {
  const found = runs.map(({ result }) => result.perCell).filter((cells) => cells.length > 0);
  const [first = []] = found;
  return first.map((_, i) => found.reduce((sum, cells) => sum + cells[i], 0) / found.length);
}

const SEARCH = `As many settings for every method, in the middle, with a seed of its own; the accuracy is that of the probe on
validation drawings. Chosen settings, marked with an arrow, hold for all rows above.`;

function searchTable(runs: readonly GridsRun[]): string {
  const search = runs.filter(({ key }) => key.phase === 'search');
  const chosen = chosenSettings(
    search,
    search.map(({ key }) => key),
  );
  const rows = search.map((run) => {
    const { method, learningRate, temperature, coefficient } = run.key;
    const setting = chosen.get(method);
    const isChosen = JSON.stringify(setting) === JSON.stringify({ learningRate, temperature, coefficient });
    const label = METHODS.find(({ id }) => id === method)?.label ?? method;
    const accuracy = run.result.curve.length === 0 ? 'failed' : percent(validationOf(run));
    return [
      `${label}${isChosen ? ' ←' : ''}`,
      String(learningRate),
      String(temperature),
      coefficient === null ? '—' : String(coefficient),
      accuracy,
    ];
  });
  return markdownTable({ heads: ['method', 'learning rate', 'temperature', 'penalty', 'validation'], rows });
}

function failures(runs: readonly GridsRun[]): readonly string[] {
  const failed = runs.flatMap(({ key, result }) =>
    result.failure === null ? [] : [`${describe(key)}: ${result.failure}`],
  );
  return failed.length === 0 ? [] : [`Runs that could not be trained: ${[...new Set(failed)].join('; ')}.`];
}

/** A run in words, without its seed. */
function describe({ method, data, batch, encoder }: GridsKey): string {
  return `${method} on ${data}, n ${batch}, ${encoder}`;
}

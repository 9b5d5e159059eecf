import { formatFigure } from '../../format.js';
import { markdownTable } from '../markdown-table.js';
import { type Summary, shortNumber, summarise, summaryText } from '../summary.js';
import type { LogNResult } from './measure.js';
import { DIMENSIONS, type LogNKey } from './plan.js';

/** A finished run of the study. */
export interface LogNRun {
  readonly key: LogNKey;
  readonly result: LogNResult;
}

/** The runs of one line of a chart: one objective on one kind of data. */
export interface LogNGroup {
  readonly kind: 'gaussians' | 'digits';
  readonly objective: LogNKey['objective'];
  readonly isExact: boolean;
  readonly runs: readonly LogNRun[];
}

/** What the objectives are called. */
export const OBJECTIVE_NAMES: Readonly<Record<LogNKey['objective'], string>> = {
  cpc: 'InfoNCE',
  nwj: 'NWJ',
  dv: 'DV',
  wdm: 'WDM',
};

/** The runs by kind of data, objective and critic, in the order of the tables. */
export function groupsOf(runs: readonly LogNRun[]): readonly LogNGroup[] {
  const kinds = ['gaussians', 'digits'] as const;
  const objectives = ['cpc', 'nwj', 'dv', 'wdm'] as const;
  return kinds.flatMap((kind) =>
    [true, false].flatMap((isExact) =>
      objectives.flatMap((objective): LogNGroup[] => {
        const found = runs.filter(
          ({ key }) => key.data.startsWith(kind) && key.objective === objective && (key.critic === 'exact') === isExact,
        );
        return found.length === 0 ? [] : [{ kind, objective, isExact, runs: found }];
      }),
    ),
  );
}

/** Mean and spread over all batches of n and all seeds at one mutual information; batches without a number aside. */
export function valueAt({ runs }: LogNGroup, nats: number, n: number): Summary | null {
  const values = runs
    .filter(({ key }) => key.nats === nats)
    .flatMap(({ result }) => result.values.filter((each) => each.n === n).flatMap(({ batches }) => batches));
  return summarise(values.filter((value) => value !== null));
}

/** The mutual informations and the batch sizes of some runs, in order. */
export function axesOf(runs: readonly LogNRun[]): { readonly nats: readonly number[]; readonly ns: readonly number[] } {
  const sorted = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
  return {
    nats: sorted(runs.map(({ key }) => key.nats)),
    ns: sorted(runs.flatMap(({ key }) => key.batches.map(([n]) => n))),
  };
}

/** W_2 of the joint from the product of correlated Gaussians, in closed form: above their W_1. */
export function gaussianW2(nats: number): number {
  const rho = Math.sqrt(-Math.expm1((-2 * nats) / DIMENSIONS));
  return Math.sqrt(DIMENSIONS * (4 - 2 * Math.sqrt(1 + rho) - 2 * Math.sqrt(1 - rho)));
}

/** The study's tables as a page of markdown. */
export function logNPage(runs: readonly LogNRun[], foot: string): string {
  const groups = groupsOf(runs);
  const section = (title: string, kind: LogNGroup['kind'], more: (nats: readonly number[]) => readonly string[][]) => {
    const own = groups.filter((group) => group.kind === kind);
    if (own.length === 0) return [];
    const { nats, ns } = axesOf(own.flatMap((group) => group.runs));
    const rows = own.flatMap((group) => ns.map((n) => tableRow(group, nats, n)));
    const heads = ['estimate', ...nats.map((value) => `${formatFigure(value, 1)} nats`)];
    return [`## ${title}`, markdownTable({ heads, rows: [...rows, ...more(nats)] })];
  };
  const w2 = (nats: readonly number[]) => [
    ['W₂, closed form (above W₁)', ...nats.map((each) => shortNumber(gaussianW2(each)))],
  ];
  return `${[
    '# What a batch of n can tell',
    INTRODUCTION,
    ...section(`Correlated Gaussians, ${DIMENSIONS} dimensions`, 'gaussians', w2),
    ...section('Grids of digits', 'digits', () => []),
    foot,
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `Mean ± standard deviation of a batch's value, over all test batches of n and all seeds. Critics were trained on
batches of 64; those called exact are the logarithm of the density ratio itself (of NWJ plus 1) and were not trained.
InfoNCE, NWJ and DV are in nats and estimate the mutual information at the head of the column. WDM is a difference of mean
scores of a certified critic, L = √2 in the l2 metric on (x, y): divided by it, it lies below W₁, not below the mutual
information, and is to be read along its row.`;

function tableRow(group: LogNGroup, nats: readonly number[], n: number): string[] {
  const name = `${OBJECTIVE_NAMES[group.objective]}${group.isExact ? ', exact critic' : ''}, n ${n.toLocaleString('en')}`;
  const ceiling = group.objective === 'cpc' ? ` (log n ${shortNumber(Math.log(n))})` : '';
  return [`${name}${ceiling}`, ...nats.map((each) => summaryText(valueAt(group, each, n), shortNumber))];
}

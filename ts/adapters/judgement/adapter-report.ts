import type { QueryMetrics } from '../retrieval/evaluate-retrieval.js';
import { mean } from '../retrieval/mean.js';
import { pairedBootstrap } from '../statistics/paired-bootstrap.js';
import { REPORTED, type ReportedMetric } from '../training/held-out.js';
import type { CheckedNegatives } from '../training/negatives.js';
import type { FallbackName } from '../training/start-heads.js';
import type { CalibrationReport } from './calibrate.js';
import { FALLBACKS, type Verdict } from './verdict.js';

/** One metric over the test queries; null where a way to map them does not apply. */
export interface MetricRow {
  /** Vectors as they are, all of their numbers; null where queries and documents have two sizes. */
  readonly base: number | null;
  /** The first numbers of each, as many as the adapter's outputs have: null unless these are smaller by choice. */
  readonly truncated: number | null;
  /** Principal components of queries and documents, likewise. */
  readonly pca: number | null;
  /** Principal components of documents, to which queries were brought by Procrustes' map; likewise. */
  readonly aligned: number | null;
  readonly procrustes: number | null;
  readonly ridge: number | null;
  readonly adapted: number;
  /** Adapted minus what is returned where it is refused: see {@link AdapterReport.fallback}. */
  readonly delta: number;
  /** The central 95 % of the paired bootstrap of delta. */
  readonly interval: readonly [number, number];
}

/** The metrics of outputs of one size. */
export interface SizeReport {
  /** Numbers in an output. */
  readonly dims: number;
  readonly metrics: Readonly<Record<ReportedMetric, MetricRow>>;
  /** Adapted against the fallback. */
  readonly ranks: RankChanges;
}

/** Test queries by what became of the place of their first relevant document. */
export interface RankChanges {
  readonly better: number;
  readonly worse: number;
  readonly same: number;
}

/** What held-out queries say, searched over all documents. `adapted` is what was trained, even where it is refused. */
export interface AdapterReport {
  /** Of each size of outputs, the largest first; one but for Matryoshka adapters. */
  readonly sizes: readonly SizeReport[];
  /** Those of the largest size. */
  readonly metrics: Readonly<Record<ReportedMetric, MetricRow>>;
  readonly ranks: RankChanges;
  /** What is returned where the adapter is refused. */
  readonly fallback: FallbackName;
  /** Queries of each part. */
  readonly queries: Readonly<Record<'train' | 'stopping' | 'verdict' | 'test', number>>;
  readonly pairs: number;
  readonly documents: number;
  /** Numbers in a query's vector. */
  readonly dims: number;
  /** Numbers in a document's vector. */
  readonly documentDims: number;
  readonly negatives: CheckedNegatives & {
    /** Documents that a query was told apart from in a step, in the mean. */
    readonly perStep: number;
    /** Documents relevant to a training query: what candidates are taken from. */
    readonly from: number;
    /** What would be negatives of their own queries, and is masked. */
    readonly duplicates: {
      /** Pairs of training queries whose document another one names too. */
      readonly byId: number;
      /** Of the documents in `from`, copies of another one. */
      readonly byVector: number;
    };
  };
  /** Test queries that share a relevant document with a training query. */
  readonly sharedDocuments: number;
  readonly training: {
    readonly learningRate: number;
    readonly epochs: number;
    /** 0 is where it began. */
    readonly bestEpoch: number;
    /** null where ridge regression does not compete. */
    readonly ridgeStrength: number | null;
  };
  readonly verdict: Verdict;
  /** Of the adapter that is returned, on test queries; null where it has no calibration. */
  readonly calibration: CalibrationReport | null;
  /** Of the whole fit, baselines and evaluation included. */
  readonly seconds: number;
  /** The report as a table, in plain text. */
  toString(): string;
}

/** Ways to map that a report has a column for, in its order. */
const COLUMNS = ['base', 'truncated', 'pca', 'aligned', 'procrustes', 'ridge', 'adapted'] as const;

type Column = (typeof COLUMNS)[number];

/** Metrics of each test query, of each way to map it that applies, and of what adapted is compared with. */
export type MetricsByMap = Readonly<
  Record<'adapted' | 'fallback', QueryMetrics['metrics']> & Partial<Record<Column, QueryMetrics['metrics'] | undefined>>
>;

/**
 * The rows of a report.
 *
 * @param units of the queries: see `unitSums`
 */
export function metricRows(
  by: MetricsByMap,
  seed: number,
  units: ArrayLike<number>,
): Readonly<Record<ReportedMetric, MetricRow>> {
  const row = (name: ReportedMetric): MetricRow => {
    const value = (column: Column): number | null => (by[column] ? mean(by[column][name]) : null);
    const { mean: delta, interval } = pairedBootstrap(differences(by.adapted[name], by.fallback[name]), seed, units);
    return {
      base: value('base'),
      truncated: value('truncated'),
      pca: value('pca'),
      aligned: value('aligned'),
      procrustes: value('procrustes'),
      ridge: value('ridge'),
      adapted: mean(by.adapted[name]),
      delta,
      interval,
    };
  };
  return {
    'recall@1': row('recall@1'),
    'recall@10': row('recall@10'),
    'MRR@10': row('MRR@10'),
    'nDCG@10': row('nDCG@10'),
  };
}

/** a - b. */
export function differences(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]);
}

/** Counts places of first relevant documents. */
export function rankChanges(base: Int32Array, adapted: Int32Array): RankChanges {
  const change = base.map((place, i) => place - adapted[i]);
  const count = (is: (by: number) => boolean): number => change.filter(is).length;
  return { better: count((by) => by > 0), worse: count((by) => by < 0), same: count((by) => by === 0) };
}

/** A report as a table, in plain text, without a newline at its end. */
export function formatReport(report: Omit<AdapterReport, 'toString'>): string {
  const {
    sizes,
    queries,
    pairs,
    documents,
    dims,
    documentDims,
    negatives,
    sharedDocuments,
    training,
    verdict,
    calibration,
  } = report;
  const count = (value: number) => value.toLocaleString('en');
  const { byId, byVector } = negatives.duplicates;
  const width = dims === documentDims ? `${dims}-d` : `queries ${dims}-d, documents ${documentDims}-d`;
  return [
    `pairs ${count(pairs)}   corpus ${count(documents)}   ${width}`,
    `negatives: ${negativesText(negatives)} (duplicates masked: ${count(byId)} by id, ${count(byVector)} by vector)`,
    `queries: ${count(queries.train)} train, ${count(queries.stopping)} + ${count(queries.verdict)} validation, ${count(queries.test)} test` +
      (sharedDocuments > 0 ? ` (${count(sharedDocuments)} of them share a document with training)` : ''),
    ...sizeTables(report),
    ...sizes.map(
      ({ ranks, dims: size }) =>
        `ranks of test queries${sizes.length > 1 ? ` at ${size}` : ''}: ${count(ranks.better)} better, ${count(ranks.worse)} worse, ${count(ranks.same)} the same`,
    ),
    `best epoch ${training.bestEpoch} of ${training.epochs}, learning rate ${training.learningRate}`,
    `${verdict.improved ? 'passed' : `refused, ${FALLBACKS[report.fallback].returned}`}: ${verdict.reason}`,
    ...calibrationLines(calibration),
  ].join('\n');
}

/** The table, its rows by size where outputs are smaller by choice, and what its delta is against. */
function sizeTables({ sizes, fallback, dims }: Omit<AdapterReport, 'toString'>): readonly string[] {
  const isReduction = fallback === 'pca' || fallback === 'aligned';
  const rows = sizes.flatMap(({ metrics, dims: size }) =>
    REPORTED.map((name) => ({ name: isReduction ? `${name} at ${size}` : name, ...metrics[name] })),
  );
  const columns = COLUMNS.filter((column) => rows.some((row) => row[column] !== null));
  const header = ['', ...columns.map((column) => (column === 'truncated' ? 'first' : column)), 'delta', '95 % CI'];
  const cells = rows.map(({ name, delta, interval, ...row }) => [
    ...[name, ...columns.map((column) => figure(row[column]))],
    ...[signed(delta), `[${signed(interval[0])}, ${signed(interval[1])}]`],
  ]);
  const size = isReduction ? ', of the same size' : '';
  const note = fallback === 'base' ? [] : [`delta is against ${FALLBACKS[fallback].name}${size}`];
  return [...table([header, ...cells]), ...note, ...(isReduction ? sizeCosts(sizes, dims) : [])];
}

/** What smaller outputs lose, or gain, against vectors as they are. */
function sizeCosts(sizes: readonly SizeReport[], full: number): readonly string[] {
  return sizes.flatMap(({ dims, metrics: { 'MRR@10': row } }) => {
    if (row.base === null) return [];
    const change = row.adapted - row.base;
    const by = Math.abs(change).toFixed(3);
    const what = Number(by) === 0 ? 'keep' : change < 0 ? `lose ${by} of` : `keep, and raise by ${by},`;
    return [`${dims} of ${full} numbers ${what} the full vectors' MRR@10 of ${figure(row.base)}`];
  });
}

function negativesText({ kind, mine, relativeMargin, perStep, from }: AdapterReport['negatives']): string {
  const step = `${perStep.toLocaleString('en')} of ${from.toLocaleString('en')} training documents a step`;
  switch (kind) {
    case 'all':
      return perStep < from ? `${step}, drawn` : `all ${from.toLocaleString('en')} training documents`;
    case 'batch':
      return `${step}, the batch's`;
    case 'mined':
      return `${step}, the batch's and up to ${mine} mined a query, relative margin ${relativeMargin}`;
  }
}

function calibrationLines(calibration: CalibrationReport | null): string[] {
  if (calibration === null) return ['calibration: none, validation has too few relevant pairs'];
  const { error, pairs, precision, threshold } = calibration;
  const count = pairs.toLocaleString('en');
  const first = `calibration: expected error ${figure(error)} on the ${count} best pairs of test queries`;
  if (threshold === null) return [`${first}; no score gives precision ${precision}`];
  const found = threshold.precision === null ? 'none reaches it' : figure(threshold.precision);
  return [
    first,
    `threshold ${figure(threshold.score)} for precision ${precision}: of test queries precision ${found}, recall ${figure(threshold.recall)}`,
  ];
}

function figure(value: number | null): string {
  return value?.toFixed(3) ?? '-';
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
      .join('  ')
      .trimEnd(),
  );
}

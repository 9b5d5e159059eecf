import type { QueryMetrics } from './evaluate-retrieval.js';
import { mean, REPORTED, type ReportedMetric } from './held-out.js';
import { pairedBootstrap } from './paired-bootstrap.js';
import type { Verdict } from './verdict.js';

/** One metric over the test queries. */
export interface MetricRow {
  readonly base: number;
  readonly procrustes: number;
  readonly ridge: number;
  readonly adapted: number;
  /** Adapted minus base. */
  readonly delta: number;
  /** The central 95 % of the paired bootstrap of delta. */
  readonly interval: readonly [number, number];
}

/** Test queries by what became of the place of their first relevant document. */
export interface RankChanges {
  readonly better: number;
  readonly worse: number;
  readonly same: number;
}

/** What held-out queries say, searched over all documents. `adapted` is what was trained, even where it is refused. */
export interface AdapterReport {
  readonly metrics: Readonly<Record<ReportedMetric, MetricRow>>;
  readonly ranks: RankChanges;
  /** Queries of each part. */
  readonly queries: Readonly<Record<'train' | 'stopping' | 'verdict' | 'test', number>>;
  readonly pairs: number;
  readonly documents: number;
  readonly dims: number;
  readonly negatives: {
    /** Documents that a query was told apart from in a step. */
    readonly perStep: number;
    /** Documents relevant to a training query: what candidates are taken from. */
    readonly from: number;
    /** Of these, copies of another one, which are never a negative where that is a positive. */
    readonly duplicatesMasked: number;
  };
  /** Test queries that share a relevant document with a training query. */
  readonly sharedDocuments: number;
  readonly training: {
    readonly learningRate: number;
    readonly epochs: number;
    /** 0 is the identity. */
    readonly bestEpoch: number;
    readonly ridgeStrength: number;
  };
  readonly verdict: Verdict;
  /** Of the whole fit, baselines and evaluation included. */
  readonly seconds: number;
  /** The report as a table, in plain text. */
  toString(): string;
}

/** Metrics of each test query, of each way to map it. */
export type MetricsByMap = Readonly<Record<'base' | 'procrustes' | 'ridge' | 'adapted', QueryMetrics['metrics']>>;

/** The rows of a report. */
export function metricRows(by: MetricsByMap, seed: number): Readonly<Record<ReportedMetric, MetricRow>> {
  const row = (name: ReportedMetric): MetricRow => {
    const value = (map: keyof MetricsByMap) => mean(by[map][name]);
    const { mean: delta, interval } = pairedBootstrap(differences(by.adapted[name], by.base[name]), seed);
    const [base, procrustes, ridge, adapted] = [value('base'), value('procrustes'), value('ridge'), value('adapted')];
    return { base, procrustes, ridge, adapted, delta, interval };
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
  const { metrics, ranks, queries, pairs, documents, dims, negatives, sharedDocuments, training, verdict } = report;
  const count = (value: number) => value.toLocaleString('en');
  const which = negatives.perStep >= negatives.from ? 'all' : `${count(negatives.perStep)} of`;
  const { duplicatesMasked } = negatives;
  const header = ['', 'base', 'procrustes', 'ridge', 'adapted', 'delta', '95 % CI'];
  const rows = REPORTED.map((name) => {
    const { base, procrustes, ridge, adapted, delta, interval } = metrics[name];
    const numbers = [base, procrustes, ridge, adapted].map(figure);
    return [name, ...numbers, signed(delta), `[${signed(interval[0])}, ${signed(interval[1])}]`];
  });
  const masked = `${count(duplicatesMasked)} duplicate${duplicatesMasked === 1 ? '' : 's'} masked`;
  return [
    `pairs ${count(pairs)}   corpus ${count(documents)}   ${dims}-d   negatives: ${which} ${count(negatives.from)} training documents (${masked})`,
    `queries: ${count(queries.train)} train, ${count(queries.stopping)} + ${count(queries.verdict)} validation, ${count(queries.test)} test` +
      (sharedDocuments > 0 ? ` (${count(sharedDocuments)} of them share a document with training)` : ''),
    ...table([header, ...rows]),
    `ranks of test queries: ${count(ranks.better)} better, ${count(ranks.worse)} worse, ${count(ranks.same)} the same`,
    `best epoch ${training.bestEpoch} of ${training.epochs}, learning rate ${training.learningRate}`,
    `${verdict.improved ? 'passed' : 'refused, the identity is returned'}: ${verdict.reason}`,
  ].join('\n');
}

function figure(value: number): string {
  return value.toFixed(3);
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

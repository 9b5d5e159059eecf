import { type FitAdapterResult, fitAdapter } from '../../ts/entries/adapters-node.js';
import type { AdapterSet } from './sets.js';

/** What `fitAdapter`'s reports say of a set, over seeds. */
export interface Quality {
  readonly set: string;
  readonly seeds: number;
  /** Seeds whose adapter passed its own verdict. */
  readonly improved: number;
  /** Means over seeds, of test queries over the whole corpus. */
  readonly means: Readonly<Record<Way, Measures>>;
  /** Standard deviations over seeds. */
  readonly spreads: Readonly<Record<Way, Measures>>;
  /** Of one fit, baselines, verdict and evaluation included: means over seeds. */
  readonly seconds: { readonly wall: number; readonly cpu: number };
}

/** Ways to map queries that are compared. */
export const ways = ['base', 'procrustes', 'ridge', 'adapted'] as const;

/** One of {@link ways}. */
export type Way = (typeof ways)[number];

/** Metrics that are shown. */
export const measures = ['recall@1', 'recall@10', 'MRR@10'] as const;

/** A number of each of {@link measures}. */
export type Measures = Readonly<Record<(typeof measures)[number], number>>;

interface Fit {
  readonly result: FitAdapterResult;
  readonly wall: number;
  readonly cpu: number;
}

/** Fits a set once for each of the first `seeds` seeds, with the defaults. */
export async function measureQuality({ name, queries, documents, pairs }: AdapterSet, seeds: number): Promise<Quality> {
  const fits: Fit[] = [];
  for (let seed = 0; seed < seeds; seed += 1) {
    fits.push(await timed(() => fitAdapter({ queries, documents, qrels: pairs, seed })));
  }
  const over = (reduce: (values: readonly number[]) => number): Quality['means'] =>
    byKey(ways, (way) =>
      byKey(measures, (measure) => reduce(fits.map(({ result }) => result.report.metrics[measure][way] ?? Number.NaN))),
    );
  return {
    set: name,
    seeds,
    improved: fits.filter(({ result }) => result.improved).length,
    means: over(mean),
    spreads: over(deviation),
    seconds: { wall: mean(fits.map(({ wall }) => wall)), cpu: mean(fits.map(({ cpu }) => cpu)) },
  };
}

async function timed(fit: () => Promise<FitAdapterResult>): Promise<Fit> {
  const [began, before] = [performance.now(), process.cpuUsage()];
  const result = await fit();
  const { user, system } = process.cpuUsage(before);
  return { result, wall: (performance.now() - began) / 1e3, cpu: (user + system) / 1e6 };
}

function byKey<Key extends string, Value>(keys: readonly Key[], of: (key: Key) => Value): Record<Key, Value> {
  return Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<Key, Value>;
}

/** The mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}

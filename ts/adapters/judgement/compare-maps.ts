import type { Matrix } from '../../wasm/matrix.js';
import type { Heads } from '../heads/heads.js';
import type { QueryMetrics } from '../retrieval/evaluate-retrieval.js';
import { mean } from '../retrieval/mean.js';
import { procrustes, ridge } from '../training/closed-forms.js';
import type { CheckedFit } from '../training/fit-adapter-options.js';
import type { FitData } from '../training/fit-data.js';
import { type HeldOut, heldOut, measureSizes, NO_HEADS } from '../training/held-out.js';
import { type HeadStart, isReduction, mappedPairs, measureClosedForm } from '../training/start-heads.js';
import { type MetricsByMap, metricRows, rankChanges, type SizeReport } from './adapter-report.js';

/** What test queries say of all ways to map them. */
export interface Comparison {
  /** The largest first. */
  readonly sizes: readonly SizeReport[];
  /** null where ridge regression does not compete. */
  readonly ridgeStrength: number | null;
}

const RIDGE_STRENGTHS = [0.1, 1, 10];
/** Dimensions above which only the middle strength is tried: the cost grows with their cube. */
const TRIED_UP_TO = 768;

/** What else a comparison is told. */
export interface ComparisonOptions {
  /** Of the test queries: see `unitSums`. */
  readonly units: readonly number[];
  /** Leaves Procrustes and ridge out, which take most of the time where there are many dimensions. */
  readonly isBrief: boolean;
}

/** Measures the test queries by heads, by what they fall back to, and by other maps of the same data. */
export function compareMaps(
  data: FitData,
  heads: Heads,
  start: HeadStart,
  fit: CheckedFit,
  { units, isBrief }: ComparisonOptions,
): Comparison {
  const { shape, seed } = fit;
  const held = heldOut(data.queries, data.relevance, data.parts.test);
  const adapted = measureSizes(held, data, heads, shape.sizes, fit);
  const [base] = shape.dims === shape.documentDims ? measureSizes(held, data, NO_HEADS, [shape.dims], fit) : [];
  const measured = (own: Heads) => measureSizes(held, data, own, shape.sizes, fit);
  const components = Object.entries(start.components).map(([name, own]) => [name, measured(own)] as const);
  const chosen = components.find(([name]) => name === start.fallbackName)?.[1];
  const fallback = chosen ?? (start.fallbackName === 'base' ? [] : measured(start.fallback));
  const closed = isReduction(shape) || isBrief ? null : closedForms(data, held, start, fit);
  const cut = base && isReduction(shape) ? measureSizes(held, data, NO_HEADS, shape.sizes, fit) : [];
  const sizes = shape.sizes.map((dims, at): SizeReport => {
    const own = adapted[at] as QueryMetrics;
    const against = fallback[at] ?? base ?? own;
    const by: MetricsByMap = {
      base: base?.metrics,
      truncated: cut[at]?.metrics,
      adapted: own.metrics,
      fallback: against.metrics,
      ...Object.fromEntries(components.map(([name, bySize]) => [name, bySize[at]?.metrics])),
      ...(closed && { procrustes: closed.procrustes, ridge: closed.ridge }),
    };
    return { dims, metrics: metricRows(by, seed, units), ranks: rankChanges(against.firstRelevant, own.firstRelevant) };
  });
  return { sizes, ridgeStrength: closed?.strength ?? null };
}

function closedForms(data: FitData, held: HeldOut, start: HeadStart, fit: CheckedFit) {
  const { pairs } = mappedPairs(data, fit.shape);
  const measured = (map: Matrix, part: HeldOut) => measureClosedForm(map, part, data, fit).metrics;
  const stopping = heldOut(data.queries, data.relevance, data.parts.stopping);
  const strengths = pairs.x.cols > TRIED_UP_TO ? RIDGE_STRENGTHS.slice(1, 2) : RIDGE_STRENGTHS;
  const best = strengths
    .map((strength) => {
      const map = ridge(pairs, strength, fit);
      return { map, strength, mrr: mean(measured(map, stopping)['MRR@10']) };
    })
    .reduce((first, other) => (other.mrr > first.mrr ? other : first));
  const rotation = start.rotation ?? procrustes(pairs, fit);
  return { procrustes: measured(rotation, held), ridge: measured(best.map, held), strength: best.strength };
}

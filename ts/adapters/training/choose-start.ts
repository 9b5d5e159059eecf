import type { Matrix } from '../../wasm/matrix.js';
import type { HeadsShape } from '../heads/heads.js';
import { mean } from '../retrieval/mean.js';
import { signFlips } from '../statistics/sign-flips.js';
import { procrustes } from './closed-forms.js';
import type { CheckedFit, FitAdapterOptions } from './fit-adapter-options.js';
import type { FitData } from './fit-data.js';
import { heldOut, measureSizes, NO_HEADS } from './held-out.js';
import { unitsOf } from './query-split.js';
import { mappedPairs, measureClosedForm, type Start } from './start-heads.js';

/** How many times as good as no change Procrustes' map must be to begin with. */
const CLEARLY = 2;
/** Queries below which nothing is clear. */
const LEAST_QUERIES = 10;
/** What {@link signFlips} must give, or a map of unrelated vectors would often look twice as good by chance. */
const LEVEL = 0.01;

/** A start, and the fit that can have it. */
export interface ChosenStart {
  readonly start: Start;
  readonly fit: CheckedFit;
  /** The shape asked for: of what comes back where nothing trained is better. */
  readonly askedShape: HeadsShape;
  /** Procrustes' map, where the choice needed it. */
  readonly rotation: Matrix | null;
}

/** A start that is no choice. */
export function fixedStart(start: Start, fit: CheckedFit): ChosenStart {
  return { start, fit, askedShape: fit.shape, rotation: null };
}

/**
 * Where sides are of two spaces of one size, as of two models, no small change brings them together: then W begins as
 * Procrustes' map less the identity, and is full where its rank was left open. That is so where the MRR@10 of the queries
 * for early stopping is more than twice as large by that map, and not by chance (p < 0.01 by {@link signFlips}).
 */
export function chosenStart(
  data: FitData,
  fit: CheckedFit,
  { rank = 'auto', split, signal }: Pick<FitAdapterOptions, 'rank' | 'split' | 'signal'>,
): ChosenStart {
  const { shape, maxDrift } = fit;
  const identity = fixedStart('identity', fit);
  const isFull = shape.head === 'full' || (shape.head === 'low-rank' && rank === 'auto');
  if (!isFull || shape.adapt === 'shared' || maxDrift !== null || signal?.aborted) return identity;
  const { queries, relevance } = heldOut(data.queries, data.relevance, data.parts.stopping);
  const [base] = measureSizes({ queries, relevance }, data, NO_HEADS, shape.sizes, fit);
  const before = base?.metrics['MRR@10'] ?? new Float64Array(0);
  // Most data are told apart as they are, and need no map found for them here.
  if (queries.rows < LEAST_QUERIES || mean(before) * CLEARLY >= 1) return identity;
  const rotation = procrustes(mappedPairs(data, shape).pairs, fit);
  const after = measureClosedForm(rotation, { queries, relevance }, data, fit);
  const units = unitsOf(data.relevance, data, data.parts.stopping, split?.by ?? 'query');
  if (!isFarBetter(after.metrics['MRR@10'], before, units, fit.seed)) return { ...identity, rotation };
  return { ...identity, start: 'procrustes', fit: { ...fit, shape: { ...shape, head: 'full', rank: null } }, rotation };
}

function isFarBetter(after: Float64Array, before: Float64Array, units: readonly number[], seed: number): boolean {
  if (mean(after) <= CLEARLY * mean(before)) return false;
  const change = after.map((value, i) => value - before[i]);
  return signFlips(change, seed, units) < LEVEL;
}

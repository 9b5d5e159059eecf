import type { PairedBootstrap } from './paired-bootstrap.js';
import type { FallbackName } from './start-heads.js';

/** Each fallback in words. */
export const FALLBACKS: Readonly<Record<FallbackName, { readonly name: string; readonly returned: string }>> = {
  base: { name: 'base', returned: 'the identity is returned' },
  procrustes: { name: 'Procrustes', returned: "Procrustes' map is returned" },
  pca: { name: 'PCA', returned: 'principal components are returned' },
};

/** Whether an adapter passes, and why not. */
export interface Verdict {
  readonly improved: boolean;
  /** In words. */
  readonly reason: string;
  /** MRR@10 adapted minus the fallback's, of the queries that were asked; of Matryoshka sizes the mean. */
  readonly difference: PairedBootstrap;
  /** Whether each query was asked of an adapter trained without it, not all of the one that was trained. */
  readonly crossFitted: boolean;
}

/** What is known of queries that training and choices have not seen. */
export interface VerdictEvidence {
  readonly difference: PairedBootstrap;
  readonly queries: number;
  /** Queries whose MRR@10 changed. */
  readonly changed: number;
  readonly documents: number;
  readonly baseRecall10: number;
  readonly adaptedRecall10: number;
  /** Whether the best checkpoint is the start, which is the fallback. */
  readonly isFallback: boolean;
  /** What adapted is compared with: base, in the names here. */
  readonly fallback: FallbackName;
  /** How many sizes the metrics are means over. */
  readonly sizes: number;
  readonly crossFitted: boolean;
}

/** One-sided, of each of the two askings, so that both together stay below 0.001. */
export const VERDICT_LEVEL = 0.0005;

const [LEAST_QUERIES, LEAST_CHANGED, LEAST_CROSS_FITTED] = [20, 10, 60];

/** Judges by queries that neither training nor any choice has seen. */
export function verdictOf(evidence: VerdictEvidence): Verdict {
  const { difference, crossFitted } = evidence;
  const fault = faultOf(evidence);
  if (fault !== null) return { improved: false, reason: fault, difference, crossFitted };
  const reason = `${metric(evidence)} rises by ${difference.mean.toFixed(3)} ${asked(evidence)} (p = ${p(difference)})`;
  return { improved: true, reason, difference, crossFitted };
}

/** Whether more queries could change a verdict: it was a rise, or too few to tell, and there are enough of them. */
export function isWorthCrossFitting(evidence: VerdictEvidence, queries: number): boolean {
  const { improved } = verdictOf(evidence);
  const { difference, isFallback, baseRecall10 } = evidence;
  const isOpen = difference.mean > 0 || evidence.queries < LEAST_QUERIES;
  return (
    !improved && isOpen && !isFallback && !isChance(evidence) && !isFull(baseRecall10) && queries >= LEAST_CROSS_FITTED
  );
}

function faultOf(evidence: VerdictEvidence): string | null {
  const { difference, queries, changed, baseRecall10, adaptedRecall10, isFallback, crossFitted } = evidence;
  const { name } = FALLBACKS[evidence.fallback];
  const isSignificant = difference.mean > 0 && difference.p < VERDICT_LEVEL;
  const least = crossFitted ? LEAST_CROSS_FITTED : LEAST_QUERIES;
  if (!isFallback && isSignificant && queries >= least && changed >= LEAST_CHANGED) return null;
  if (isChance(evidence)) {
    return `recall@10 is ${baseRecall10.toFixed(3)} before and ${adaptedRecall10.toFixed(3)} after, as by chance: are the pairs shuffled?`;
  }
  if (isFull(baseRecall10)) return `${name} recall@10 is ${baseRecall10.toFixed(3)}: no headroom`;
  if (queries < least)
    return `${queries} validation queries for the verdict: too few to tell, at least ${least} are needed`;
  if (isFallback) {
    const start = evidence.fallback === 'base' ? 'the identity' : name;
    return `no checkpoint was better than ${start} on the queries for early stopping`;
  }
  if (difference.mean <= 0) return `${metric(evidence)} falls by ${(-difference.mean).toFixed(3)} ${asked(evidence)}`;
  return (
    `${metric(evidence)} rises by ${difference.mean.toFixed(3)} ${asked(evidence)}, too little to tell from noise ` +
    `(p = ${p(difference)}, below ${VERDICT_LEVEL} is needed)`
  );
}

/** What was compared, and with what where it is not the vectors as they are. */
function metric({ fallback, sizes }: VerdictEvidence): string {
  const mean = sizes > 1 ? `, the mean of ${sizes} sizes,` : '';
  const against = fallback === 'base' ? '' : ` against ${FALLBACKS[fallback].name}`;
  return `MRR@10${against}${mean}`;
}

function asked({ queries, crossFitted }: VerdictEvidence): string {
  return crossFitted
    ? `on ${queries} queries, each asked of an adapter trained without it`
    : `on ${queries} validation queries`;
}

function isFull(recall10: number): boolean {
  return recall10 >= 0.97;
}

/** Whether both find no more than a random order of the documents would, by three deviations. */
function isChance({ documents, queries, baseRecall10, adaptedRecall10 }: VerdictEvidence): boolean {
  const chance = Math.min(1, 10 / documents);
  const isTelling = documents >= 100 && queries >= LEAST_QUERIES;
  return isTelling && Math.max(baseRecall10, adaptedRecall10) <= chance + 3 * Math.sqrt(chance / queries);
}

function p(difference: PairedBootstrap): string {
  return difference.p < 0.001 ? difference.p.toFixed(4) : difference.p.toFixed(3);
}

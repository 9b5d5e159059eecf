import type { PairedBootstrap } from './paired-bootstrap.js';

/** Whether an adapter passes, and why not. */
export interface Verdict {
  readonly improved: boolean;
  /** In words. */
  readonly reason: string;
  /** MRR@10 adapted minus base, of the queries that were asked. */
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
  /** Whether the best checkpoint is the identity. */
  readonly isIdentity: boolean;
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
  const reason = `MRR@10 rises by ${difference.mean.toFixed(3)} ${asked(evidence)} (p = ${p(difference)})`;
  return { improved: true, reason, difference, crossFitted };
}

/** Whether more queries could change a verdict: it was a rise, or too few to tell, and there are enough of them. */
export function isWorthCrossFitting(evidence: VerdictEvidence, queries: number): boolean {
  const { improved } = verdictOf(evidence);
  const { difference, isIdentity, baseRecall10 } = evidence;
  const isOpen = difference.mean > 0 || evidence.queries < LEAST_QUERIES;
  return (
    !improved && isOpen && !isIdentity && !isChance(evidence) && !isFull(baseRecall10) && queries >= LEAST_CROSS_FITTED
  );
}

function faultOf(evidence: VerdictEvidence): string | null {
  const { difference, queries, changed, baseRecall10, adaptedRecall10, isIdentity, crossFitted } = evidence;
  const isSignificant = difference.mean > 0 && difference.p < VERDICT_LEVEL;
  const least = crossFitted ? LEAST_CROSS_FITTED : LEAST_QUERIES;
  if (!isIdentity && isSignificant && queries >= least && changed >= LEAST_CHANGED) return null;
  if (isChance(evidence)) {
    return `recall@10 is ${baseRecall10.toFixed(3)} before and ${adaptedRecall10.toFixed(3)} after, as by chance: are the pairs shuffled?`;
  }
  if (isFull(baseRecall10)) return `base recall@10 is ${baseRecall10.toFixed(3)}: no headroom`;
  if (queries < least)
    return `${queries} validation queries for the verdict: too few to tell, at least ${least} are needed`;
  if (isIdentity) return 'no checkpoint was better than the identity on the queries for early stopping';
  if (difference.mean <= 0) return `MRR@10 falls by ${(-difference.mean).toFixed(3)} ${asked(evidence)}`;
  return (
    `MRR@10 rises by ${difference.mean.toFixed(3)} ${asked(evidence)}, too little to tell from noise ` +
    `(p = ${p(difference)}, below ${VERDICT_LEVEL} is needed)`
  );
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

import type { PairedBootstrap } from './paired-bootstrap.js';

/** Whether an adapter passes, and why not. */
export interface Verdict {
  readonly improved: boolean;
  /** In words. */
  readonly reason: string;
  /** Of the verdict's queries: MRR@10 adapted minus base. */
  readonly difference: PairedBootstrap;
}

/** What is known of the verdict's queries. */
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
}

/** One-sided; an adapter passes below it. */
export const VERDICT_LEVEL = 0.001;

const [LEAST_QUERIES, LEAST_CHANGED] = [20, 10];

/** Judges by queries that neither training nor any choice has seen. */
export function verdictOf(evidence: VerdictEvidence): Verdict {
  const { difference } = evidence;
  const fault = faultOf(evidence);
  if (fault !== null) return { improved: false, reason: fault, difference };
  const { queries } = evidence;
  const reason = `MRR@10 rises by ${difference.mean.toFixed(3)} on ${queries} validation queries (p = ${p(difference)})`;
  return { improved: true, reason, difference };
}

function faultOf(evidence: VerdictEvidence): string | null {
  const { difference, queries, changed, documents, baseRecall10, adaptedRecall10, isIdentity } = evidence;
  const isSignificant = difference.mean > 0 && difference.p < VERDICT_LEVEL;
  if (!isIdentity && isSignificant && queries >= LEAST_QUERIES && changed >= LEAST_CHANGED) return null;
  const chance = Math.min(1, 10 / documents);
  if (documents >= 100 && Math.max(baseRecall10, adaptedRecall10) <= chance + 3 * Math.sqrt(chance / queries)) {
    return `recall@10 is ${baseRecall10.toFixed(3)} before and ${adaptedRecall10.toFixed(3)} after, as by chance: are the pairs shuffled?`;
  }
  if (baseRecall10 >= 0.97) return `base recall@10 is ${baseRecall10.toFixed(3)}: no headroom`;
  if (queries < LEAST_QUERIES) {
    return `${queries} validation queries for the verdict: too few to tell, at least ${LEAST_QUERIES} are needed`;
  }
  if (isIdentity) return 'no checkpoint was better than the identity on the queries for early stopping';
  if (difference.mean <= 0) return `MRR@10 falls by ${(-difference.mean).toFixed(3)} on ${queries} validation queries`;
  return (
    `MRR@10 rises by ${difference.mean.toFixed(3)} on ${queries} validation queries, too little to tell from noise ` +
    `(p = ${p(difference)}, below ${VERDICT_LEVEL} is needed)`
  );
}

function p(difference: PairedBootstrap): string {
  return difference.p < VERDICT_LEVEL ? `${difference.p.toFixed(4)}` : difference.p.toFixed(3);
}

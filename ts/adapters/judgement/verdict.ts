import type { PairedBootstrap } from '../statistics/paired-bootstrap.js';
import type { FallbackName } from '../training/start-heads.js';

/** Each fallback in words. */
export const FALLBACKS: Readonly<Record<FallbackName, { readonly name: string; readonly returned: string }>> = {
  base: { name: 'base', returned: 'the identity is returned' },
  procrustes: { name: 'Procrustes', returned: "Procrustes' map is returned" },
  pca: { name: 'PCA', returned: 'principal components are returned' },
  aligned: { name: 'PCA after Procrustes', returned: "principal components after Procrustes' map are returned" },
};

/** Whether an adapter passes, and why not. */
export interface Verdict {
  readonly improved: boolean;
  /** In words. */
  readonly reason: string;
  /**
   * MRR@10 adapted minus the fallback's, of the queries that were asked, of Matryoshka sizes the mean; p is the larger one of the paired bootstrap's and of
   * Fisher's randomisation test, which keeps its level with few queries whose differences are symmetric.
   */
  readonly difference: PairedBootstrap;
  /** Whether each query was asked of an adapter trained without it, not all of the one that was trained. */
  readonly crossFitted: boolean;
}

/** What is known of queries that training and choices have not seen. */
export interface VerdictEvidence {
  readonly difference: PairedBootstrap;
  readonly queries: number;
  /** Of these, how many count: queries that the split keeps together, such as copies, count as one. */
  readonly units: number;
  /** Units whose MRR@10 changed. */
  readonly changed: number;
  readonly documents: number;
  readonly baseMrr: number;
  readonly baseRecall10: number;
  readonly adaptedRecall10: number;
  /** Whether the best checkpoint is the start, which is the fallback. */
  readonly isFallback: boolean;
  /** What adapted is compared with: base, in the names here. */
  readonly fallback: FallbackName;
  /** How many sizes the metrics are means over. */
  readonly sizes: number;
  readonly crossFitted: boolean;
  /** Whether a signal ended the fit. */
  readonly endedEarly: boolean;
  /** Of the training pairs, those that name a document, or a copy of one, that another pair names. */
  readonly maskedShare: number;
}

/** One-sided, of each of the two askings, so that both together stay below 0.001. */
const VERDICT_LEVEL = 0.0005;

/** Units below which skewed differences pass too often, and changed ones. */
const [LEAST_UNITS, LEAST_CHANGED] = [60, 10];
/** Units from which chance can be told. */
const CHANCE_UNITS = 20;
/** Base MRR@10 from which there is nothing to gain. */
const FULL = 0.97;
/** Share of masked pairs from which a refusal names them. */
const MANY_MASKED = 0.1;

/**
 * Judges by queries that neither training nor any choice has seen.
 *
 * Both tests take units for independent, and the level for reached: sign flips, where a unit is as likely to gain as to
 * lose as much; the bootstrap, where units are many. Where no change is expected of the mean and yet most units gain a
 * little while a few lose much, both pass too often with few units, which is why there must be 60
 * that count; in the worst of such cases they still do, some times in a hundred.
 */
export function verdictOf(evidence: VerdictEvidence): Verdict {
  const { difference, crossFitted } = evidence;
  const fault = faultOf(evidence);
  if (fault !== null) return { improved: false, reason: `${fault}${notes(evidence)}`, difference, crossFitted };
  const reason = `${metric(evidence)} rises by ${difference.mean.toFixed(3)} ${asked(evidence)} (p = ${p(difference)})`;
  return { improved: true, reason, difference, crossFitted };
}

/**
 * Whether more queries could change a verdict: it was a rise, or too few to tell, and there are enough of them.
 *
 * @param units of the queries that would be asked
 */
export function isWorthCrossFitting(evidence: VerdictEvidence, units: number): boolean {
  const { improved } = verdictOf(evidence);
  const { difference, isFallback } = evidence;
  const isOpen = difference.mean > 0 || evidence.units < LEAST_UNITS;
  return !improved && isOpen && !isFallback && !isChance(evidence) && !isFull(evidence) && units >= LEAST_UNITS;
}

function faultOf(evidence: VerdictEvidence): string | null {
  const { difference, units, changed, baseMrr, baseRecall10, adaptedRecall10, isFallback } = evidence;
  const { name } = FALLBACKS[evidence.fallback];
  const isSignificant = difference.mean > 0 && difference.p < VERDICT_LEVEL;
  if (!isFallback && isSignificant && units >= LEAST_UNITS && changed >= LEAST_CHANGED) return null;
  if (isChance(evidence)) {
    return `recall@10 is ${baseRecall10.toFixed(3)} before and ${adaptedRecall10.toFixed(3)} after, as by chance: are the pairs shuffled?`;
  }
  if (isFull(evidence)) {
    return `${name} MRR@10 is ${baseMrr.toFixed(3)} and recall@10 ${baseRecall10.toFixed(3)}: no headroom`;
  }
  if (units < LEAST_UNITS) return `${whatWasAsked(evidence)}: too few to tell, at least ${LEAST_UNITS} are needed`;
  if (isFallback) {
    const start = evidence.fallback === 'base' ? 'the identity' : name;
    return `no checkpoint was better than ${start} on the queries for early stopping`;
  }
  if (difference.mean <= 0) return `${metric(evidence)} falls by ${(-difference.mean).toFixed(3)} ${asked(evidence)}`;
  if (isSignificant) {
    return `${metric(evidence)} rises by ${difference.mean.toFixed(3)} ${asked(evidence)}, but changes for ${changed} of them only: at least ${LEAST_CHANGED} are needed`;
  }
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

function whatWasAsked({ queries, units }: VerdictEvidence): string {
  if (units === queries) return `${queries} validation queries for the verdict`;
  return `${queries} validation queries for the verdict, of which ${units} are no copies and share no document`;
}

function notes({ endedEarly, maskedShare }: VerdictEvidence): string {
  const share = `${Math.round(100 * maskedShare)} %`;
  return (
    (maskedShare >= MANY_MASKED ? `; ${share} of the training pairs share a document with another one: masked` : '') +
    (endedEarly ? '; the fit was ended by the signal' : '')
  );
}

function asked({ queries, crossFitted }: VerdictEvidence): string {
  return crossFitted
    ? `on ${queries} queries, each asked of an adapter trained without it`
    : `on ${queries} validation queries`;
}

function isFull({ baseMrr }: VerdictEvidence): boolean {
  return baseMrr >= FULL;
}

/** Whether both find no more than a random order of the documents would, by three deviations. */
function isChance({ documents, units, baseRecall10, adaptedRecall10 }: VerdictEvidence): boolean {
  const chance = Math.min(1, 10 / documents);
  const isTelling = documents >= 100 && units >= CHANCE_UNITS;
  return isTelling && Math.max(baseRecall10, adaptedRecall10) <= chance + 3 * Math.sqrt(chance / units);
}

function p(difference: PairedBootstrap): string {
  return difference.p < 0.001 ? difference.p.toFixed(4) : difference.p.toFixed(3);
}

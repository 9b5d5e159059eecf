import { describe, expect, it } from 'vitest';
import { isWorthCrossFitting, type VerdictEvidence, verdictOf } from '../../../ts/adapters/judgement/verdict.js';

const rise = { mean: 0.1, interval: [0.05, 0.15], p: 0.0002 } as const;
const noise = { mean: 0.01, interval: [-0.05, 0.07], p: 0.31 } as const;
const fall = { mean: -0.02, interval: [-0.05, 0.01], p: 0.9 } as const;

const evidence: VerdictEvidence = {
  ...{ difference: rise, queries: 100, units: 100, changed: 60, documents: 1000 },
  ...{ baseMrr: 0.4, baseRecall10: 0.6, adaptedRecall10: 0.7, maskedShare: 0 },
  ...{ isFallback: false, fallback: 'base', sizes: 1, crossFitted: false, endedEarly: false },
};

describe('a verdict', () => {
  it('passes a rise that chance does not explain', () => {
    const { improved, reason } = verdictOf(evidence);
    expect(improved).toBe(true);
    expect(reason).toBe('MRR@10 rises by 0.100 on 100 validation queries (p = 0.0002)');
    expect(isWorthCrossFitting(evidence, 500)).toBe(false);
  });

  it.each<[string, Partial<VerdictEvidence>, RegExp, boolean]>([
    ['noise', { difference: noise }, /rises by 0.010 .* noise \(p = 0.310, below 0.0005/, true],
    ['a fall', { difference: fall }, /^MRR@10 falls by 0.020 on 100 validation queries$/, false],
    [
      'no headroom',
      { difference: noise, baseMrr: 0.98, baseRecall10: 1 },
      /^base MRR@10 is 0.980 and recall@10 1.000: no headroom$/,
      false,
    ],
    ['few queries', { queries: 59, units: 59, changed: 40 }, /^59 validation .* too few .* at least 60/, true],
    [
      'copies of few queries',
      { queries: 90, units: 9, changed: 9 },
      /^90 validation queries .*, of which 9 are no copies .* too few/,
      true,
    ],
    ['few changes', { changed: 9 }, /changes for 9 of them only: at least 10/, true],
    [
      'shuffled pairs',
      { difference: noise, baseRecall10: 0.01, adaptedRecall10: 0.02 },
      /before and 0.020 after, as by chance: are the pairs shuffled\?/,
      false,
    ],
    ['the identity', { difference: { ...noise, mean: 0 }, isFallback: true }, /^no checkpoint was better/, false],
    [
      'duplicates',
      { difference: noise, maskedShare: 0.121 },
      /needed\); 12 % of the training pairs share a document with another one: masked$/,
      true,
    ],
    ['a signal', { difference: fall, endedEarly: true }, /; the fit was ended by the signal$/, false],
  ])('names %s, and knows whether more queries could tell', (_, change, reason, isOpen) => {
    const changed = { ...evidence, ...change };
    expect(verdictOf(changed).improved).toBe(false);
    expect(verdictOf(changed).reason).toMatch(reason);
    expect(isWorthCrossFitting(changed, 60)).toBe(isOpen);
    expect(isWorthCrossFitting(changed, 59)).toBe(false);
  });

  it('needs sixty queries that count, cross-fitted or not', () => {
    expect(verdictOf({ ...evidence, units: 60 }).improved).toBe(true);
    expect(verdictOf({ ...evidence, crossFitted: true, units: 59 }).reason).toMatch(/at least 60 are needed/);
    expect(verdictOf({ ...evidence, crossFitted: true, units: 60 }).improved).toBe(true);
  });
});

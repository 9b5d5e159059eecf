import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureSuite } from '../../bench/measure.js';
import type { Remote } from '../../bench/process/remote.js';
import { recordOf } from '../../bench/record-of.js';
import { workers } from '../../bench/suites/workers.js';
import { openVariants, workerRecords } from '../../bench/workers/variants.js';

let variants: readonly Remote[] = [];

beforeAll(async () => {
  variants = await openVariants();
}, 120_000);

afterAll(() => {
  for (const variant of variants) variant.close();
});

describe('the suite of workers', () => {
  it('finds the same with two workers, with one, and with none', async () => {
    for (const { one, outcome } of await measureSuite(workers, 'check', variants)) {
      expect([...outcome.faults, ...outcome.stopped.keys()], one.label).toEqual([]);
      expect([...outcome.differences.keys()], one.label).toEqual(['kantorovich', 'one-worker', 'no-workers']);
    }
  });

  it('records two workers beside one and none, and one beside none', async () => {
    const [result] = await measureSuite(workers, 'check', variants);
    const ms = new Map([
      ['kantorovich', 60],
      ['one-worker', 105],
      ['no-workers', 100],
    ]);
    const record = recordOf(workers, { ...result, outcome: { ...result.outcome, ms } }, variants);
    const [two, one] = workerRecords([record]);
    expect(two).toMatchObject({
      suite: 'workers',
      case: { what: 'step 37-19-11-5 n 130', workers: 2 },
      threads: 2,
      ratio: { 'one-worker': 1.75, 'no-workers': 1.667 },
    });
    expect(one).toMatchObject({
      case: { workers: 1 },
      threads: 1,
      ms: { kantorovich: 105, 'no-workers': 100 },
      ratio: { 'no-workers': 0.9524 },
    });
  });
});

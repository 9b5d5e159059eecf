import { afterAll, describe, expect, it } from 'vitest';
import { measureSuite } from '../../bench/measure.js';
import type { Remote } from '../../bench/process/remote.js';
import { recordOf } from '../../bench/record-of.js';
import type { Suite } from '../../bench/suites/suite.js';
import { timedTables } from '../../bench/tables.js';
import { brief, emptyCase, openFaulty } from './faulty.js';

const suite: Suite = {
  name: 'growing',
  title: 'How far it goes',
  about: 'nothing at all',
  order: 'apart',
  measurement: { full: brief, quick: brief },
  cases: () => [1, 2, 3].map((n) => ({ ...emptyCase(n), flops: n })),
};

let engines: readonly Remote[] = [];

afterAll(() => {
  for (const engine of engines) engine.close();
});

describe('a suite whose engines run apart', () => {
  it('goes on without those that fail, pass a limit or were too slow on less', async () => {
    engines = await Promise.all([
      openFaulty('sound', 'none'),
      openFaulty('dying', 'dies'),
      openFaulty('growing', 'grows'),
      openFaulty('slow', 'slow'),
    ]);
    const results = await measureSuite(suite, 'quick', engines);
    const timed = results.map(({ outcome: { ms } }) => [...ms.keys()]);
    expect(timed).toEqual([['sound', 'slow'], ['sound'], ['sound']]);
    const columns = engines.map(({ name }) => name);
    const text = timedTables({ suite, results, limits: brief.limits, engines: columns });
    expect(text).toMatch(/^n 1 +1\.00 +failed +> 0\.1953125 GiB +900$/m);
    expect(text).toMatch(/^n 3 +1\.00 +failed +> 0\.1953125 GiB +> 0\.5 s$/m);
    expect(text).toMatch(/^> 0\.5 s: too slow/m);
    expect(text).toMatch(/^failed: dying at n 1: ended with code 3 out of memory$/m);
    const record = recordOf(suite, results[2], engines);
    expect(Object.keys(record.ms)).toEqual(['sound']);
    expect(Object.keys(record.runtime.engines)).toEqual(columns);
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readFitData } from '../../../ts/adapters/training/fit-data.js';
import type { Rows } from '../../reference/linear-algebra.js';
import { runs, seed } from '../../support/arbitraries.js';
import { normalRows, seededRandom } from '../../support/random.js';

it('takes vectors of one direction for copies, whatever their lengths', () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 30 }), seed, (n, from) => {
      const random = seededRandom(from);
      const [queries, documents] = [normalRows(random, n, 4), normalRows(random, n, 4)];
      // Powers of two, by which a product is exact.
      const longer = (rows: Rows) => [...rows, ...rows.map((row) => row.map((value) => 2 ** (n % 7) * value))];
      const data = readFitData({ queries: longer(queries), documents: longer(documents), qrels: 'pairs' });
      const twins = Uint32Array.from({ length: 2 * n }, (_, i) => i % n);
      expect(data.queryTwins).toEqual(twins);
      expect(data.documentTwins).toEqual(twins);
      for (const part of Object.values(data.parts)) {
        for (const row of part) expect(part).toContain((row + n) % (2 * n));
      }
    }),
    runs,
  );
});

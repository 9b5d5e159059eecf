import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createHeads, headTensors } from '../../../ts/adapters/heads/heads.js';

const shape = { head: 'low-rank', dims: 6, documentDims: 6, sizes: [6], rank: 2, hidden: null } as const;

it('heads of every seed begin, each side with numbers of its own', () => {
  const anySeed = fc.oneof(fc.constant(Number.MAX_SAFE_INTEGER), fc.maxSafeNat());
  fc.assert(
    fc.property(anySeed, (seed) => {
      const { query, document } = createHeads({ ...shape, adapt: 'both' }, seed);
      const [own, other] = [headTensors({ query, document: null }), headTensors({ query: null, document })];
      expect(own.map(({ data }) => data)).not.toEqual(other.map(({ data }) => data));
      expect(createHeads({ ...shape, adapt: 'both' }, seed)).toEqual({ query, document });
    }),
  );
});

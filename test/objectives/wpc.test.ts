import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infoNCE, infoNCESymmetric, wpc, wpcSymmetric } from '../../ts/entries/node.js';
import { criticNames } from '../reference/scores.js';
import { lossProblem, runs } from '../support/arbitraries.js';
import { builds, lossOptions } from '../support/library.js';

/** What makes InfoNCE a Wasserstein quantity is the critic's constraint, not the formula (Ozair et al. 2019). */
describe.each(builds)('WPC in the $build build', ({ deterministic }) => {
  it.each([
    ['one-way', wpc, infoNCE],
    ['symmetric', wpcSymmetric, infoNCESymmetric],
  ] as const)('%s, it is InfoNCE bit for bit, with every critic', (_, wasserstein, contrastive) => {
    for (const critic of criticNames) {
      fc.assert(
        fc.property(lossProblem(critic, 'general'), (problem) => {
          const options = { ...lossOptions(problem), deterministic };
          const result = contrastive(problem.G, problem.H, options);
          expect(wasserstein(problem.G, problem.H, options)).toEqual(result);
        }),
        runs,
      );
    }
  });
});

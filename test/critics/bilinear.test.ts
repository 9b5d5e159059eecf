import fc from 'fast-check';
import { describe, it } from 'vitest';
import { bilinear, infoNCE, separable, wdm } from '../../ts/entries/node.js';
import { identity } from '../reference/linear-algebra.js';
import { runs, seed, size } from '../support/arbitraries.js';
import { expectClose, float32 } from '../support/close.js';
import { builds } from '../support/library.js';
import { normalRows, seededRandom } from '../support/random.js';

describe.each(builds)('the bilinear critic in the $build build', ({ deterministic }) => {
  it('P4: rectangular weights are read by rows, width of x by width of y', () => {
    const [G, H] = [
      [
        [1, 2],
        [0, -1],
      ],
      [
        [1, 0, 2],
        [3, 1, -1],
      ],
    ];
    const weights = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const options = { critic: bilinear({ weights, temperature: 10 }), deterministic };
    expectClose(infoNCE(G, H, options).value, 0.3554020494785157, { absolute: 1e-6 });
    // Against a zero candidate the off form of WDM is the score itself.
    const score = (i: number, j: number) =>
      wdm([G[i]], [H[j], [0, 0, 0]], { critic: bilinear({ weights, temperature: 1 }), deterministic }).value;
    expectClose([score(0, 0), score(0, 1), score(1, 0), score(1, 1)], [39, 24, -16, -11], { absolute: 0 });
  });

  it('with the identity as weights it is the separable critic', () => {
    fc.assert(
      fc.property(size, size, seed, (n, width, from) => {
        const random = seededRandom(from);
        const [x, y] = [normalRows(random, n, width), normalRows(random, n, width)];
        const temperature = Math.sqrt(width);
        const one = infoNCE(x, y, { critic: bilinear({ weights: identity(width), temperature }), deterministic });
        const other = infoNCE(x, y, { critic: separable({ temperature }), deterministic });
        expectClose(one.value, other.value, { absolute: 1e-5 });
        expectClose(one.dX ?? [], other.dX ?? [], float32, 'dX');
        expectClose(one.dY ?? [], other.dY ?? [], float32, 'dY');
      }),
      runs,
    );
  });
});

import fc from 'fast-check';
import { describe, it } from 'vitest';
import { infoNCE, squaredDistance, wdm } from '../../ts/entries/node.js';
import { runs, seed, size } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { builds } from '../support/library.js';
import { normalRows, seededRandom } from '../support/random.js';

describe.each(builds)('the squared-distance critic in the $build build', ({ deterministic }) => {
  const options = { critic: squaredDistance({ temperature: 1 }), deterministic };

  it('K3: squares of small differences far from the origin keep their digits', () => {
    expectClose(wdm([[700001]], [[700098], [700001]], options).value, -(97 ** 2), { relative: 1e-5 });
    expectClose(wdm([[0.625]], [[0.624755859375], [0.625]], options).value, -(0.000244140625 ** 2), { relative: 1e-5 });
  });

  it('K3: a cloud far from the origin gives what it gives at the origin', () => {
    fc.assert(
      fc.property(size, size, seed, (n, width, from) => {
        const random = seededRandom(from);
        const grid = () => normalRows(random, n, width).map((row) => row.map((value) => Math.round(value * 64) / 64));
        const [x, y] = [grid(), grid()];
        const far = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((value) => value + 8192));
        const wide = { critic: squaredDistance({ temperature: width }), deterministic };
        const [near, moved] = [infoNCE(x, y, wide), infoNCE(far(x), far(y), wide)];
        expectClose(moved.value, near.value, { absolute: 1e-5 });
        expectClose(moved.dX ?? [], near.dX ?? [], { absolute: 1e-5 }, 'dX');
        expectClose(moved.dY ?? [], near.dY ?? [], { absolute: 1e-5 }, 'dY');
      }),
      runs,
    );
  });
});

import fc from 'fast-check';
import { describe, it } from 'vitest';
import { distance, infoNCE, wdm, wdmAll } from '../../ts/entries/node.js';
import { runs, seed, size } from '../support/arbitraries.js';
import { expectClose, expectFinite } from '../support/close.js';
import { builds } from '../support/library.js';
import { normalRows, seededRandom } from '../support/random.js';

describe.each(builds)('the distance critic in the $build build', ({ deterministic }) => {
  const options = { critic: 'distance', deterministic } as const;

  it('K3: distances far from the origin keep their digits, and a zero distance has a zero subgradient', () => {
    const G = [
      [1000, 1000],
      [1000.5, 1000],
    ];
    const H = [
      [1000, 1000.25],
      [1000, 1000],
    ];
    expectClose(infoNCE(G, H, options).value, -0.051859527332611344, { absolute: 1e-5 });
    expectClose(wdmAll(G, H, options).value, -0.04774575140626314, { absolute: 1e-5 });
    const off = wdm(G, H, options);
    expectClose(off.value, -0.09549150281252627, { absolute: 1e-5 });
    // Row 0 of G: half of -(g - h_0)/|g - h_0| = (0, 1/2), and nothing from (0, 1), where the distance is 0.
    expectClose(off.dX?.data.subarray(0, 2) ?? [], [0, 0.5], { absolute: 1e-6 });
    for (const gradient of [off.dX, off.dY, infoNCE(G, H, options).dX]) expectFinite(gradient ?? []);
  });

  it.each([
    ['700001 and 700098', [700001], [700098], 97],
    ['0.625 and 0.624755859375', [0.625], [0.624755859375], 0.000244140625],
  ])('K3: the distance of %s is exact', (_, g, h, expected) => {
    // Against a candidate at distance 0 the off form of WDM is the score itself.
    expectClose(wdm([g], [h, g], options).value, -expected, { relative: 1e-5 });
  });

  it('K3: a cloud far from the origin gives what it gives at the origin', () => {
    fc.assert(
      fc.property(size, size, seed, (n, width, from) => {
        const random = seededRandom(from);
        // Multiples of 1/64 below 4 stay exact when 8,192 is added: a float32 there has a spacing of 1/1024.
        const grid = (rows: number) =>
          normalRows(random, rows, width).map((row) => row.map((value) => Math.round(value * 64) / 64));
        const [x, y] = [grid(n), grid(n)];
        const far = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((value) => value + 8192));
        const [near, moved] = [infoNCE(x, y, options), infoNCE(far(x), far(y), options)];
        expectClose(moved.value, near.value, { absolute: 1e-5 });
        expectClose(moved.dX ?? [], near.dX ?? [], { absolute: 1e-5 }, 'dX');
        expectClose(moved.dY ?? [], near.dY ?? [], { absolute: 1e-5 }, 'dY');
      }),
      runs,
    );
  });

  it('coinciding clouds have finite gradients', () => {
    const x = Array.from({ length: 9 }, () => [1, 2, 3]);
    for (const call of [infoNCE, wdm, wdmAll]) {
      const { value, dX, dY } = call(x, x, options);
      expectClose(value, 0, { absolute: 1e-6 });
      expectClose(dX ?? [], new Float32Array(27), { absolute: 0 }, 'dX');
      expectClose(dY ?? [], new Float32Array(27), { absolute: 0 }, 'dY');
    }
  });

  it('the temperature divides', () => {
    const random = seededRandom(2);
    const [x, y] = [normalRows(random, 7, 3), normalRows(random, 7, 3)];
    const sharp = wdm(x, y, { critic: distance({ temperature: 0.25 }), deterministic });
    expectClose(sharp.value, 4 * wdm(x, y, options).value, { relative: 1e-5 });
  });
});

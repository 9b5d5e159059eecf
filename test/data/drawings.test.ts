import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawingsOfSize, splitRange } from '../../ts/data/drawings.js';
import { ShapeError } from '../../ts/wasm/errors.js';

describe('drawingsOfSize', () => {
  it('gathers the drawings of each class, in their order', () => {
    const { classes } = drawingsOfSize({ size: 1, pixels: new Uint8Array(5), labels: Uint8Array.of(2, 0, 2, 0, 2) }, 1);
    expect(classes).toEqual([Uint32Array.of(1, 3), Uint32Array.of(), Uint32Array.of(0, 2, 4)]);
  });

  it('averages areas, with ink 255 as 1', () => {
    const pixels = Uint8Array.of(255, 255, 0, 255, 51, 51, 51, 51);
    const drawings = drawingsOfSize({ size: 2, pixels, labels: Uint8Array.of(0, 1) }, 1);
    expect(drawings.pixels).toEqual(Float32Array.of(0.75, 0.2));
    const whole = drawingsOfSize({ size: 2, pixels, labels: Uint8Array.of(0, 1) }, 2);
    expect(whole.pixels).toEqual(Float32Array.from(pixels, (byte) => byte / 255));
  });

  it('refuses pixels that do not fit the labels', () => {
    expect(() => drawingsOfSize({ size: 2, pixels: new Uint8Array(7), labels: new Uint8Array(2) }, 1)).toThrow(
      ShapeError,
    );
  });
});

describe('splitRange', () => {
  it('divides any number of things in three stretches without a gap, 3 : 1 : 1', () => {
    fc.assert(
      fc.property(fc.nat(10_000), (count) => {
        const [train, validation, test] = (['train', 'validation', 'test'] as const).map((split) =>
          splitRange(count, split),
        );
        expect([train[0], validation[0], test[0], test[1]]).toEqual([0, train[1], validation[1], count]);
        expect(Math.abs(train[1] - 0.6 * count)).toBeLessThan(1);
        expect(Math.abs(validation[1] - 0.8 * count)).toBeLessThan(1);
      }),
    );
  });
});

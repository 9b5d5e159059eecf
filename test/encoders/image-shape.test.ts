import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageShapeOf, parseImageShape } from '../../ts/encoders/image-shape.js';
import { ShapeError } from '../../ts/wasm/errors.js';

const size = fc.integer({ min: 1, max: 1000 });

describe('parseImageShape', () => {
  it('reads back any shape', () => {
    fc.assert(
      fc.property(size, size, size, (channels, height, width) => {
        expect(parseImageShape(`${channels}x${height}x${width}`)).toEqual({ channels, height, width });
      }),
    );
  });

  it.each(['', '42', '42x42', '1x0x3', '1x2x3x4', '1X2X3', ' 1x2x3', '1x2.5x3'])('refuses "%s"', (text) => {
    expect(() => parseImageShape(text)).toThrow(ShapeError);
    expect(() => parseImageShape(text)).toThrow(`"${text}"`);
  });
});

describe('imageShapeOf', () => {
  it('takes rows of a square number for one channel', () => {
    fc.assert(
      fc.property(size, (side) => {
        expect(imageShapeOf(side * side, undefined)).toEqual({ channels: 1, height: side, width: side });
        expect(() => imageShapeOf(side * side + 1, undefined)).toThrow(/--image-shape/);
      }),
    );
  });

  it('takes what it is told where the numbers are as many', () => {
    const shape = { channels: 3, height: 4, width: 5, order: 'pixels' } as const;
    expect(imageShapeOf(60, shape)).toBe(shape);
    expect(() => imageShapeOf(61, shape)).toThrow('images of 3 x 4 x 5 have 60 numbers, rows have 61');
  });
});

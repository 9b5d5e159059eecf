import fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { encodePng } from '../../scripts/start/report/png.js';

const image = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height, maxLength: width * height })
      .map((pixels) => ({ width, height, pixels })),
  );

it('writes what another decoder reads back', async () => {
  await fc.assert(
    fc.asyncProperty(image, async ({ width, height, pixels }) => {
      const { data, info } = await sharp(encodePng({ width, height, pixels }))
        .toColourspace('b-w')
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([width, height, 1]);
      expect(Buffer.compare(data, Buffer.from(pixels))).toBe(0);
    }),
    { numRuns: 30 },
  );
});

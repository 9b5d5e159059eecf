import { describe, expect, it } from 'vitest';
import { openPairs } from '../../../../dist/entries/node.js';
import { referencePictures, repeated } from '../../../../scripts/demo/page/gallery/reference-pictures.js';

/** Drawings of 2 x 2 pixels, all of them other greys; the tens digit is the class. */
const drawings = {
  size: 2,
  pixels: Uint8Array.from({ length: 100 * 4 }, (_, i) => Math.floor(i / 4) + 50),
  labels: Uint8Array.from({ length: 100 }, (_, i) => Math.floor(i / 10)),
};

describe('referencePictures', () => {
  it('shows one class in all cells of a picture, by drawings of the part that it is given', async () => {
    const { validation } = await openPairs({ kind: 'digits', k: 1, tile: 2, drawings });
    const { rows, labels } = await referencePictures(validation, 3, 4);
    expect([rows.rows, rows.cols]).toEqual([40, 36]);
    expect([...labels]).toEqual(Array.from({ length: 40 }, (_, i) => Math.floor(i / 4)));
    rows.data.forEach((ink, i) => {
      const drawing = Math.round(ink * 255) - 50;
      expect(Math.floor(drawing / 10)).toBe(labels[Math.floor(i / 36)]);
      // The fourth fifth of each class.
      expect([6, 7]).toContain(drawing % 10);
    });
  });

  it('repeats a drawing in all cells', () => {
    expect([...repeated(Float32Array.of(1, 2, 3, 4), 2)]).toEqual([1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4]);
  });
});

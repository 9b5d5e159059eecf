import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadDigits } from '../../../ts/data/digits-file.js';
import { drawingsOfSize } from '../../../ts/data/drawings.js';
import { writeSafetensors } from '../../../ts/data/safetensors.js';

/** Pixels a side of a digit in the page. */
const SIZE = 14;
/** Of each class, which the page divides into 150 for training, 50 for evaluation and 50 for testing. */
const DIGITS_A_CLASS = 250;
/** Shades of grey: 16 shades take half the bytes of 256. */
const DARKEST = 15;

/** Writes `digits.bin`: some MNIST digits as safetensors, compressed. */
export async function writeDigits(folder: string): Promise<void> {
  const { pixels, classes } = drawingsOfSize(await loadDigits(), SIZE);
  const area = SIZE * SIZE;
  const chosen = classes.flatMap((members, label) =>
    Array.from(members.subarray(0, DIGITS_A_CLASS), (drawing) => ({ drawing, label })),
  );
  const bytes = new Uint8Array(chosen.length * area);
  chosen.forEach(({ drawing }, i) => {
    bytes.set(pixels.subarray(drawing * area, (drawing + 1) * area).map(shade), i * area);
  });
  const labels = Uint8Array.from(chosen, ({ label }) => label);
  const file = writeSafetensors(
    new Map([
      ['pixels', { dtype: 'U8', shape: [chosen.length, SIZE, SIZE], data: bytes }],
      ['labels', { dtype: 'U8', shape: [chosen.length], data: labels }],
    ]),
  );
  await writeFile(join(folder, 'digits.bin'), gzipSync(file, { level: 9 }));
}

function shade(ink: number): number {
  return (Math.round(ink * DARKEST) * 255) / DARKEST;
}

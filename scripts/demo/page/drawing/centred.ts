/** Pixels a side of what is drawn on. */
export const DRAWN = 28;
/** Pixels a side of the set's digits in the page. */
const SIZE = 14;
/** MNIST's digits fill 20 of 28 pixels. */
const FILL = 20;

/**
 * Ink as the set's digits have it: scaled so that the longer side of its box is 20 of 28 pixels, its centre of mass in the
 * middle, 14 x 14 means of four pixels. Null where there is no ink.
 *
 * @param ink 28 x 28 numbers from 0 to 1
 * @see http://yann.lecun.com/exdb/mnist/
 */
export function centred(ink: Float32Array): Float32Array | null {
  const box = boxOf(ink);
  if (box === null) return null;
  const scale = FILL / Math.max(box.right - box.left, box.bottom - box.top);
  const [x, y] = centreOf(ink);
  const out = new Float32Array(SIZE * SIZE);
  for (let i = 0; i < DRAWN * DRAWN; i++) {
    const [row, col] = [Math.floor(i / DRAWN), i % DRAWN];
    const value = sampled(ink, x + (col + 0.5 - DRAWN / 2) / scale, y + (row + 0.5 - DRAWN / 2) / scale);
    out[(row >> 1) * SIZE + (col >> 1)] += value / 4;
  }
  return out;
}

/** The edges of the pixels with ink. */
function boxOf(ink: Float32Array) {
  let [left, top, right, bottom] = [DRAWN, DRAWN, 0, 0];
  ink.forEach((value, i) => {
    if (value < 0.1) return;
    const [row, col] = [Math.floor(i / DRAWN), i % DRAWN];
    [left, right] = [Math.min(left, col), Math.max(right, col + 1)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
  });
  return right > left ? { left, top, right, bottom } : null;
}

function centreOf(ink: Float32Array): readonly [x: number, y: number] {
  let [sum, x, y] = [0, 0, 0];
  ink.forEach((value, i) => {
    sum += value;
    x += value * ((i % DRAWN) + 0.5);
    y += value * (Math.floor(i / DRAWN) + 0.5);
  });
  return [x / sum, y / sum];
}

/** Ink at a place, between the centres of four pixels; none outside. */
function sampled(ink: Float32Array, x: number, y: number): number {
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [right, below] = [x - 0.5 - left, y - 0.5 - top];
  const at = (col: number, row: number): number =>
    col < 0 || row < 0 || col >= DRAWN || row >= DRAWN ? 0 : ink[row * DRAWN + col];
  const above = at(left, top) * (1 - right) + at(left + 1, top) * right;
  const under = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
  return above * (1 - below) + under * below;
}

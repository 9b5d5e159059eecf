import { contextOf } from './elements.js';

/** Square pictures, 255 where there is ink, one after the other. */
export interface Pictures {
  /** Pixels a side. */
  readonly side: number;
  readonly ink: Uint8Array;
}

/** Draws picture `index` as dark ink on light paper, in both schemes: digits are read that way. */
export function paintPicture(canvas: HTMLCanvasElement, { side, ink }: Pictures, index: number): void {
  canvas.width = side;
  canvas.height = side;
  contextOf(canvas).putImageData(imageOf({ side, ink }, index), 0, 0);
}

/** A row of pairs: each picture of `x` above its picture of `y`, as many as fit the canvas's width. */
export function paintPairs(canvas: HTMLCanvasElement, x: Pictures, y: Pictures): void {
  const gap = Math.max(2, Math.round(x.side / 10));
  const count = x.ink.length / x.side ** 2;
  canvas.width = count * (x.side + gap) - gap;
  canvas.height = 2 * x.side + Math.ceil(gap / 2);
  const context = contextOf(canvas);
  for (let i = 0; i < count; i++) {
    context.putImageData(imageOf(x, i), i * (x.side + gap), 0);
    context.putImageData(imageOf(y, i), i * (x.side + gap), canvas.height - x.side);
  }
}

const PAPER = [246, 245, 240] as const;
const INK = [29, 29, 27] as const;

function imageOf({ side, ink }: Pictures, index: number): ImageData {
  const image = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    const share = ink[index * side * side + i] / 255;
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = PAPER[c] + share * (INK[c] - PAPER[c]);
    image.data[4 * i + 3] = 255;
  }
  return image;
}

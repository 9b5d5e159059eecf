import type { GreyImage, SamplePair } from '../results.js';
import { figure } from './figure.js';
import { pngDataUri } from './png.js';

/** Pairs (x, y) as the encoders see them. */
export function sampleFigure(samples: readonly SamplePair[], grid: number): string {
  const pairs = samples.map(({ x, y, digits }) => {
    const successors = digits.map((digit) => (digit + 1) % 10);
    return `<div class="pair">${picture(x, 'x', digits)}<span aria-hidden="true">↦</span>${picture(y, 'y', successors)}</div>`;
  });
  const text = {
    id: 'samples',
    title: 'The data: four pairs',
    caption: `x (left) is a grid of ${grid} × ${grid} handwritten digits (MNIST), each cell’s drawn uniformly; y (right)
is a fresh drawing of the grid with every digit followed by its successor, 9 by 0. The ${grid * grid} digits are all that
x tells about y, so the mutual information is ${grid * grid} log 10 nats.`,
  };
  return figure(text, `<div class="samples">${pairs.join('\n')}</div>`);
}

function picture(image: GreyImage, side: string, digits: readonly number[]): string {
  const { width, height } = image;
  return `<img src="${pngDataUri(image)}" width="${width}" height="${height}" alt="${side}: the digits ${digits.join(', ')}">`;
}

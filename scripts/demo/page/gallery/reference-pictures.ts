import { type Matrix, matrix, type PairSource } from 'kantorovich/slim';

/** Labelled pictures, a row each. */
export interface LabelledPictures {
  readonly rows: Matrix;
  readonly labels: Uint8Array;
}

/**
 * For each class `perClass` pictures of k x k cells that all show the class, every cell another drawing: pictures that
 * have one label, which training has only now and then.
 *
 * @param digits a source of single drawings with their class
 */
export async function referencePictures(digits: PairSource, k: number, perClass: number): Promise<LabelledPictures> {
  const cells = await drawingsByClass(digits, perClass * k * k);
  const size = Math.sqrt(digits.xDim);
  const rows = matrix(
    new Float32Array(cells.length * perClass * digits.xDim * k * k),
    cells.length * perClass,
    digits.xDim * k * k,
  );
  const labels = new Uint8Array(rows.rows);
  for (let i = 0; i < rows.rows; i++) {
    labels[i] = Math.floor(i / perClass);
    const picture = rows.data.subarray(i * rows.cols, (i + 1) * rows.cols);
    const own = cells[labels[i]].slice((i % perClass) * k * k, ((i % perClass) + 1) * k * k);
    fillCells(picture, own, k, size);
  }
  return { rows, labels };
}

/** A picture with the same drawing in all of its cells. */
export function repeated(drawing: Float32Array, k: number): Float32Array {
  const picture = new Float32Array(drawing.length * k * k);
  fillCells(
    picture,
    Array.from({ length: k * k }, () => drawing),
    k,
    Math.sqrt(drawing.length),
  );
  return picture;
}

function fillCells(picture: Float32Array, cells: readonly Float32Array[], k: number, size: number): void {
  cells.forEach((cell, i) => {
    const corner = Math.floor(i / k) * size * size * k + (i % k) * size;
    for (let row = 0; row < size; row++)
      picture.set(cell.subarray(row * size, (row + 1) * size), corner + row * size * k);
  });
}

async function drawingsByClass(digits: PairSource, count: number): Promise<readonly Float32Array[][]> {
  const found: Float32Array[][] = Array.from({ length: digits.labelSizes[0] }, () => []);
  for await (const { size, x, labels } of digits.batches({ batch: 256, seed: 0 })) {
    for (let i = 0; i < size && labels !== undefined; i++) {
      const own = found[labels[i]];
      if (own.length < count) own.push(x.slice(i * digits.xDim, (i + 1) * digits.xDim));
    }
    if (found.every((own) => own.length === count)) break;
  }
  return found;
}

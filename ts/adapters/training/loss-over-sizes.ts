import { normalisedSlope, normaliseRows } from '../heads/head-pass.js';
import { firstColumns } from '../heads/truncation.js';

/** A loss of rows compared with rows, and its gradients by both. */
export interface RowsLoss {
  readonly value: number;
  readonly dX: Float32Array;
  readonly dY: Float32Array;
}

/**
 * The sum of a loss over truncations of both sides, each normalised again (Kusupati et al. 2022, equation 1, all weights 1),
 * and its gradients by the full rows.
 *
 * @param sizes numbers that are kept of each row, the largest first: that is all of them
 */
export function lossOverSizes(
  sizes: readonly number[],
  x: Float32Array,
  y: Float32Array,
  loss: (x: Float32Array, y: Float32Array, size: number) => RowsLoss,
): RowsLoss {
  const [cols = 1, ...smaller] = sizes;
  const full = loss(x, y, cols);
  const values = smaller.map((size) => {
    const [cutX, cutY] = [cut(x, cols, size), cut(y, cols, size)];
    const { value, dX, dY } = loss(cutX.output, cutY.output, size);
    cutX.addSlope(full.dX, dX);
    cutY.addSlope(full.dY, dY);
    return value;
  });
  return { ...full, value: values.reduce((sum, value) => sum + value, full.value) };
}

/** The first columns of rows, normalised, and the way back to the gradient by the rows. */
function cut(rows: Float32Array, cols: number, size: number) {
  const count = rows.length / cols;
  const output = new Float32Array(count * size);
  const lengths = new Float64Array(count);
  firstColumns(output, rows, cols, size);
  normaliseRows(output, size, lengths);
  return {
    output,
    addSlope(sum: Float32Array, dOutput: Float32Array): void {
      const slope = new Float32Array(output.length);
      normalisedSlope(slope, dOutput, { output, lengths }, size);
      for (let row = 0; row < count; row++) {
        for (let k = 0; k < size; k++) sum[row * cols + k] = sum[row * cols + k] + slope[row * size + k];
      }
    },
  };
}

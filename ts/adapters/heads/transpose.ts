/** Writes the transpose of a row-major matrix, rows x cols, to `out`. */
export function transposeInto(out: Float32Array, data: Float32Array, rows: number, cols: number): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) out[j * rows + i] = data[i * cols + j];
  }
}

/** The rows of a row-major matrix with `cols` columns, as the float64 references take them. */
export function rowsOf(data: Float32Array, cols: number): number[][] {
  return Array.from({ length: data.length / cols }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
}

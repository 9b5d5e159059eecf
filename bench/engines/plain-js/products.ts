/**
 * Matrix products on row-major typed arrays, in the loop order that walks memory forwards. Nothing is unrolled or
 * blocked: this is what a good programmer writes before reading about caches.
 */

/** C = A Bᵀ for A [rows, depth] and B [cols, depth]: dot products of rows. */
export function productTransposed(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  rows: number,
  cols: number,
  depth: number,
): void {
  for (let i = 0; i < rows; i += 1) {
    const aRow = i * depth;
    for (let j = 0; j < cols; j += 1) {
      const bRow = j * depth;
      let sum = 0;
      for (let k = 0; k < depth; k += 1) sum += a[aRow + k] * b[bRow + k];
      c[i * cols + j] = sum;
    }
  }
}

/** C = A B for A [rows, depth] and B [depth, cols]: rows of B are added up, each times a number. */
export function product(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  rows: number,
  cols: number,
  depth: number,
): void {
  c.fill(0);
  for (let i = 0; i < rows; i += 1) {
    for (let k = 0; k < depth; k += 1) addRow(c, i * cols, a[i * depth + k], b, k * cols, cols);
  }
}

/** C = Aᵀ B for A [depth, rows] and B [depth, cols]: the same, row by row of A and B. */
export function transposedProduct(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  rows: number,
  cols: number,
  depth: number,
): void {
  c.fill(0);
  for (let k = 0; k < depth; k += 1) {
    for (let i = 0; i < rows; i += 1) addRow(c, i * cols, a[k * rows + i], b, k * cols, cols);
  }
}

function addRow(c: Float32Array, cRow: number, factor: number, b: Float32Array, bRow: number, cols: number): void {
  for (let j = 0; j < cols; j += 1) c[cRow + j] += factor * b[bRow + j];
}

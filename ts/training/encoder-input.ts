import { requireFinite } from '../data/pairs.js';
import { applyStandardiser, type PairStandardiser } from '../data/standardise.js';
import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';
import type { Side } from '../wasm/trainer.js';

/**
 * Rows as the encoders take them.
 *
 * @throws {ShapeError} on what is no matrix
 * @throws {DataError} on NaN or infinity
 */
export function encoderInput(rows: MatrixLike, side: Side, standardiser: PairStandardiser | null): Matrix {
  const matrix = toMatrix(rows, side);
  requireFinite(matrix, side);
  if (standardiser === null) return matrix;
  const data = matrix.data.slice();
  applyStandardiser(standardiser[side], data);
  return { ...matrix, data };
}

import { succeed } from './call.js';
import { evaluate } from './fresh-instance.js';
import type { Matrix } from './matrix.js';
import { floats, specText } from './memory.js';

/** When an iteration ends. */
export interface Stopping {
  /** From 1. */
  readonly maxIterations: number;
  /** Of the residual. */
  readonly tolerance: number;
}

/** What an iteration reached. */
export interface CoreConvergence {
  readonly iterations: number;
  readonly residual: number;
  readonly converged: boolean;
}

/** A matrix's norms, spectral ones first: see `crates/wasm/src/matrices.rs`. */
export function coreNorms({ data, rows, cols }: Matrix, { maxIterations, tolerance }: Stopping): readonly number[] {
  return evaluate(({ put, room }, core) => {
    const text = specText({ maxIterations });
    const [spec, at, out] = [put(text), put(data), room(72)];
    succeed(core, () => core.exports.matrix_norms(spec, text.length, tolerance, at, rows, cols, out));
    return [...new Float64Array(core.exports.memory.buffer, out, 9)];
  });
}

/** A projection by name; throws what the core refuses: ShapeError, DataError or OptionsError. */
export function coreProject(
  { data, rows, cols }: Matrix,
  name: string,
  radius: number,
  { maxIterations, tolerance }: Stopping,
): CoreConvergence & { readonly matrix: Matrix } {
  return evaluate(({ put, room }, core) => {
    const text = specText({ name, maxIterations });
    const [spec, at, out] = [put(text), put(data), room(24)];
    succeed(core, () => core.exports.matrix_project(spec, text.length, radius, tolerance, at, rows, cols, out));
    const [iterations = 0, residual = 0, converged = 0] = new Float64Array(core.exports.memory.buffer, out, 3);
    const projected = { data: floats(core, at, data.length).slice(), rows, cols };
    return { matrix: projected, iterations, residual, converged: converged === 1 };
  });
}

import { succeed } from './call.js';
import type { Pointer } from './exports.js';
import { bytesOf, described, doubles, evaluate } from './fresh-instance.js';
import type { Matrix } from './matrix.js';
import { floats, type Scratch, words } from './memory.js';

/** Rows with the classes of their hidden factors, rows x factors. */
export interface CoreLabelled {
  readonly features: Matrix;
  readonly labels: Uint8Array;
  readonly factors: number;
}

/** How the core fits a linear probe. */
export interface CoreProbeSpec {
  readonly strengths: readonly number[];
  readonly tolerance: number;
  readonly maxIterations: number;
}

/** What the core found by a linear probe. */
export interface CoreProbe {
  /** Test accuracy for each factor. */
  readonly accuracies: readonly number[];
  /** Index into `search`. */
  readonly chosen: number;
  /** From the strongest to the weakest. */
  readonly search: readonly CoreCandidate[];
}

/** What one L2 strength did. */
export interface CoreCandidate {
  readonly strength: number;
  /** On the validation items, the mean over factors. */
  readonly accuracy: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** What the core looks for. */
export interface CoreSearch {
  readonly k: number;
  readonly metric: string;
  readonly excludeSelf: boolean;
}

/** How the core finds principal components. */
export interface CorePrincipalSpec {
  readonly components: number;
  readonly seed: number;
  readonly tolerance: number;
  readonly maxIterations: number;
}

/** Principal components as the core found them. */
export interface CorePrincipal {
  readonly mean: Float32Array;
  readonly components: Matrix;
  readonly variances: readonly number[];
  readonly totalVariance: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Fits a linear probe; throws what the core refuses: ShapeError, DataError or OptionsError. */
export function coreProbe(items: readonly CoreLabelled[], spec: CoreProbeSpec): CoreProbe {
  return evaluate(({ room, put }, core) => {
    const { strengths, tolerance, maxIterations } = spec;
    const factors = items[0]?.factors ?? 0;
    const numbers = put(bytesOf(Float64Array.of(tolerance, ...strengths)));
    const length = factors + 1 + 4 * strengths.length;
    const [table, out] = [labelledTable(put, items), room(8 * length)];
    const text = described(put, { strengths: strengths.length, maxIterations });
    succeed(core, () => core.exports.evaluation_probe(...text, numbers, table, out));
    const found = doubles(core, out, length);
    return {
      accuracies: found.slice(0, factors),
      chosen: found[factors] ?? 0,
      search: search(found.slice(factors + 1)),
    };
  });
}

function search(found: readonly number[]): CoreCandidate[] {
  return Array.from({ length: found.length / 4 }, (_, at) => {
    const [strength = 0, accuracy = 0, iterations = 0, converged = 0] = found.slice(4 * at);
    return { strength, accuracy, iterations, converged: converged === 1 };
  });
}

/** Finds nearest neighbours, queries x k; throws what the core refuses. */
export function coreNeighbours(
  queries: Matrix,
  references: Matrix,
  spec: CoreSearch,
): { readonly indices: Uint32Array; readonly values: Float32Array } {
  return evaluate(({ room, put }, core) => {
    const length = queries.rows * spec.k;
    const [table, indices, values] = [tables(put, [queries, references]), room(4 * length), room(4 * length)];
    const text = described(put, { ...spec });
    succeed(core, () => core.exports.evaluation_neighbours(...text, table, indices, values));
    return { indices: words(core, indices, length).slice(), values: floats(core, values, length).slice() };
  });
}

/** The accuracy of the neighbours' vote, for each factor; throws what the core refuses. */
export function coreNeighbourAccuracy(queries: CoreLabelled, references: CoreLabelled, spec: CoreSearch): number[] {
  return evaluate(({ room, put }, core) => {
    const [table, out] = [labelledTable(put, [queries, references]), room(8 * queries.factors)];
    const text = described(put, { ...spec });
    succeed(core, () => core.exports.evaluation_neighbour_accuracy(...text, table, out));
    return doubles(core, out, queries.factors);
  });
}

/** Finds principal components; throws what the core refuses. */
export function corePrincipal(rows: Matrix, spec: CorePrincipalSpec): CorePrincipal {
  return evaluate(({ room, put }, core) => {
    const { components: count, tolerance, seed, maxIterations } = spec;
    const [mean, components] = [room(4 * rows.cols), room(4 * count * rows.cols)];
    const [table, numbers] = [tables(put, [rows]), room(8 * (count + 3))];
    const text = described(put, { components: count, seed, maxIterations });
    succeed(core, () => core.exports.evaluation_principal(...text, tolerance, table, mean, components, numbers));
    const found = doubles(core, numbers, count + 3);
    const [totalVariance = 0, iterations = 0, converged = 0] = found.slice(count);
    return {
      mean: floats(core, mean, rows.cols).slice(),
      components: { data: floats(core, components, count * rows.cols).slice(), rows: count, cols: rows.cols },
      variances: found.slice(0, count),
      totalVariance,
      iterations,
      converged: converged === 1,
    };
  });
}

/** The coordinates of rows along components; throws what the core refuses. */
export function coreProjection(rows: Matrix, components: Matrix, mean: Float32Array): Matrix {
  return evaluate(({ room, put }, core) => {
    const length = rows.rows * components.rows;
    const table = tables(put, [rows, components, { data: mean, rows: 1, cols: mean.length }]);
    const out = room(4 * length);
    succeed(core, () => core.exports.evaluation_project(table, out));
    return { data: floats(core, out, length).slice(), rows: rows.rows, cols: components.rows };
  });
}

/** Where matrices lie, as crates/wasm's `Table` reads it. */
function tables(put: Scratch['put'], matrices: readonly Matrix[]): Pointer {
  return put(Uint32Array.from(matrices.flatMap((rows) => tableOf(put, rows))));
}

/** Where matrices and labels lie, as crates/wasm's `LabelledTable` reads it. */
function labelledTable(put: Scratch['put'], items: readonly CoreLabelled[]): Pointer {
  const entries = items.flatMap(({ features, labels, factors }) => [...tableOf(put, features), put(labels), factors]);
  return put(Uint32Array.from(entries));
}

function tableOf(put: Scratch['put'], { data, rows, cols }: Matrix): readonly number[] {
  return [put(data), rows, cols];
}

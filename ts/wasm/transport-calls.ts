import { succeed } from './call.js';
import type { Pointer } from './exports.js';
import { bytesOf, described, transport } from './fresh-instance.js';
import type { Matrix } from './matrix.js';
import type { Scratch } from './memory.js';

/** Points with a weight each, or all alike. */
export interface CorePoints {
  readonly points: Matrix;
  readonly weights: Float64Array | null;
}

/** An exact distance as the core found it: between its two ends lies the truth. */
export interface CoreDistance {
  readonly value: number;
  readonly lowerBound: number;
  /** What proves the lower bound: a potential at all points, or scores of all combinations. */
  readonly proof: Float64Array;
}

/** How the core smooths transport. */
export interface CoreSinkhornSpec {
  readonly cost: string;
  readonly epsilon: number;
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly scaling: number;
  readonly debiased: boolean;
}

/** What the core found by Sinkhorn's iteration. */
export interface CoreSinkhorn {
  readonly value: number;
  readonly cost: number;
  readonly marginalError: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** The exact Wasserstein-1 distance; throws what the core refuses: ShapeError, DataError or OptionsError. */
export function coreWasserstein1(a: CorePoints, b: CorePoints, metric: string): CoreDistance {
  return exactly('transport_wasserstein1', [a, b], metric, a.points.rows + b.points.rows);
}

/** The exact distance of n pairs and their n² combinations; throws what the core refuses. */
export function coreDependency(x: CorePoints, y: CorePoints, metric: string): CoreDistance {
  return exactly('transport_dependency', [x, y], metric, x.points.rows ** 2);
}

/** Entropic transport; throws what the core refuses. */
export function coreSinkhorn(a: CorePoints, b: CorePoints, spec: CoreSinkhornSpec): CoreSinkhorn {
  return transport(({ room, put }, core) => {
    const { epsilon, tolerance, scaling, ...rest } = spec;
    const numbers = put(bytesOf(Float64Array.of(epsilon, tolerance, scaling)));
    const [items, out, text] = [table(put, [a, b]), room(8 * 5), described(put, rest)];
    succeed(core, () => core.exports.transport_sinkhorn(...text, numbers, items, out));
    const [value = 0, cost = 0, marginalError = 0, iterations = 0, converged = 0] = new Float64Array(
      core.exports.memory.buffer,
      out,
      5,
    );
    return { value, cost, marginalError, iterations, converged: converged === 1 };
  });
}

function exactly(
  name: 'transport_wasserstein1' | 'transport_dependency',
  samples: readonly CorePoints[],
  metric: string,
  proofLength: number,
): CoreDistance {
  return transport(({ room, put }, core) => {
    const [items, out, text] = [table(put, samples), room(8 * (2 + proofLength)), described(put, { metric })];
    succeed(core, () => core.exports[name](...text, items, out));
    const found = new Float64Array(core.exports.memory.buffer, out, 2 + proofLength);
    const [value = 0, lowerBound = 0] = found;
    return { value, lowerBound, proof: found.slice(2) };
  });
}

/** Where points and weights lie, as crates/wasm's `WeightedTable` reads it. */
function table(put: Scratch['put'], samples: readonly CorePoints[]): Pointer {
  const entries = samples.flatMap(({ points, weights }) => {
    const { data, rows, cols } = points;
    return [put(data), rows, cols, weights === null ? 0 : put(bytesOf(weights)), weights?.length ?? 0];
  });
  return put(Uint32Array.from(entries));
}

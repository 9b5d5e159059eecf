import { ShapeError } from '../wasm/errors.js';
import type { Matrix } from '../wasm/matrix.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';
import { perceptronScores, type Score } from './perceptron-scores.js';

/** Scores of embedded queries against embedded candidates, computed a row at a time. */
export interface PairScores {
  readonly rows: number;
  readonly candidates: number;
  /** The scores of query `i` against all candidates. */
  row(i: number): Float32Array;
  /** The scores of all queries against all candidates, row-major. */
  table(): Float32Array;
  /** The score of query i with candidate i, for every i. */
  paired(): Float32Array;
}

/** Scores of a trained critic; sums run in float64. */
export function pairScores(
  { critic, criticHidden = [], temperature }: TrainerSpec,
  parameters: readonly NamedTensor[],
  g: Matrix,
  h: Matrix,
): PairScores {
  const find = (name: string): Float32Array | undefined => parameters.find((tensor) => tensor.name === name)?.data;
  const learnt = find('critic.log_temperature')?.[0];
  const tau = learnt === undefined ? temperature : Math.exp(learnt);
  const left = critic === 'bilinear' ? project(g, find('critic.weight'), h.cols) : g;
  const score = critic === 'joint' ? perceptronScores(criticHidden.length, find, g, h) : similarity(critic, left, h);
  return {
    rows: g.rows,
    candidates: h.rows,
    row: (i) => Float32Array.from({ length: h.rows }, (_, j) => score(i, j) / tau),
    table: () =>
      Float32Array.from({ length: g.rows * h.rows }, (_, at) => score(Math.floor(at / h.rows), at % h.rows) / tau),
    paired() {
      if (g.rows !== h.rows) throw new ShapeError(`x has ${g.rows} rows and y ${h.rows}: expected one y an x`);
      return Float32Array.from({ length: g.rows }, (_, i) => score(i, i) / tau);
    },
  };
}

function similarity(critic: string, g: Matrix, h: Matrix): Score {
  const d = h.cols;
  const sum = (i: number, j: number, term: (a: number, b: number) => number): number => {
    let total = 0;
    for (let k = 0; k < d; k++) total += term(g.data[i * d + k] ?? 0, h.data[j * d + k] ?? 0);
    return total;
  };
  const dot: Score = (i, j) => sum(i, j, (a, b) => a * b);
  const square: Score = (i, j) => sum(i, j, (a, b) => (a - b) ** 2);
  if (critic === 'distance') return (i, j) => -Math.sqrt(square(i, j));
  if (critic === 'squared-distance') return (i, j) => -square(i, j);
  if (critic !== 'cosine') return dot;
  const norms = (m: Matrix) =>
    Float64Array.from({ length: m.rows }, (_, i) => Math.hypot(...m.data.subarray(i * d, (i + 1) * d)));
  const [gNorms, hNorms] = [norms(g), norms(h)];
  return (i, j) => {
    const scale = (gNorms[i] ?? 0) * (hNorms[j] ?? 0);
    return scale > 0 ? dot(i, j) / scale : 0;
  };
}

/** `G W`, where W is g.cols x cols. */
function project(g: Matrix, weights: Float32Array | undefined, cols: number): Matrix {
  if (weights === undefined) throw new ShapeError('this bilinear critic has no weights');
  const data = new Float32Array(g.rows * cols);
  for (let i = 0; i < g.rows; i++) {
    for (let c = 0; c < cols; c++) {
      let total = 0;
      for (let k = 0; k < g.cols; k++) total += (g.data[i * g.cols + k] ?? 0) * (weights[k * cols + c] ?? 0);
      data[i * cols + c] = total;
    }
  }
  return { data, rows: g.rows, cols };
}

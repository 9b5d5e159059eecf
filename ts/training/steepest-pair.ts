import { firstRows, type Matrix, matrix } from '../wasm/matrix.js';
import type { Metric } from '../wasm/trainer.js';

/** A function of pairs. */
export interface PairFunction {
  /** f of every row of x with every row of y, row-major. */
  table(x: Matrix, y: Matrix): Float32Array;
  /** What rounding may leave of a score beside its own last places. Default 0. */
  readonly rounding?: number;
}

/** Two points of (x, y), each rows of 1. */
type Ends = readonly [Point, Point];

interface Point {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** Rows that are compared with each other. */
const ROWS = 48;
/** Steepest moves of each kind that are climbed from. */
const STARTS = 3;
const HALVINGS = 12;
/** Below this share of f itself, a difference is mostly rounding in single precision. */
const RESOLUTION = 1e-3;
/** How many times what rounding may leave a difference must be. */
const ROUNDINGS = 256;

/**
 * The largest |f(p) - f(q)| / d(p, q) found over pairs p, q: a lower bound on f's Lipschitz constant.
 *
 * Looked for among the first 48 rows, by moves of x alone, of y alone, and of both from a pair to the next; then climbed
 * from the steepest: of the two halves of a segment one is as steep as the whole, so halving never loses.
 *
 * @param x n x xDim, as f takes them; n at least 1
 * @param y n x yDim
 */
export function steepestPair(f: PairFunction, x: Matrix, y: Matrix, metric: Metric): number {
  const n = Math.min(ROWS, x.rows);
  const slope = slopeOf(f, metric);
  const all = f.table(firstRows(x, n), firstRows(y, n));
  const xGaps = gaps(x, n);
  const yGaps = gaps(y, n);
  const moves: { readonly steep: number; readonly ends: Ends }[] = [];
  const point = (i: number, j: number): Point => ({ x: row(x, i), y: row(y, j) });
  const consider = (i: number, j: number, k: number, l: number): void => {
    const [dx, dy] = [xGaps[i * n + k] ?? 0, yGaps[j * n + l] ?? 0];
    const distance = metric === 'sum' ? dx + dy : Math.hypot(dx, dy);
    const change = resolved(f, all[i * n + j] ?? 0, all[k * n + l] ?? 0);
    const steep = distance > 0 ? change / distance : 0;
    if (moves.length === STARTS && steep <= (moves.at(-1)?.steep ?? 0)) return;
    moves.push({ steep, ends: [point(i, j), point(k, l)] });
    moves.sort((a, b) => b.steep - a.steep);
    moves.length = Math.min(moves.length, STARTS);
  };
  let best = 0;
  for (const kind of ['x', 'y', 'both']) {
    moves.length = 0;
    for (let i = 0; i < n; i++) {
      for (let k = i + 1; k < n; k++) {
        for (let j = 0; j < n; j++) {
          if (kind === 'x') consider(i, j, k, j);
          else if (kind === 'y') consider(j, i, j, k);
          else consider(i, j, k, (j + 1) % n);
        }
      }
    }
    for (const { steep, ends } of moves) best = Math.max(best, steep, climb(slope, ends));
  }
  return best;
}

/** The steepest slope met on the way down to a short part of the segment. */
function climb(slope: (ends: Ends) => number, ends: Ends): number {
  let [best, now] = [0, ends];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = midpoint(now);
    const halves: readonly Ends[] = [
      [now[0], middle],
      [middle, now[1]],
    ];
    const [first = 0, second = 0] = halves.map(slope);
    if (first === 0 && second === 0) return best;
    now = first >= second ? [now[0], middle] : [middle, now[1]];
    best = Math.max(best, first, second);
  }
  return best;
}

/** |Δf| / d of a segment; 0 where the difference can not be told from rounding. */
function slopeOf(f: PairFunction, metric: Metric): (ends: Ends) => number {
  return ([p, q]) => {
    const both = (side: 'x' | 'y') => matrix(join(p[side], q[side]), 2, p[side].length);
    const [a = 0, , , b = 0] = f.table(both('x'), both('y'));
    const [dx, dy] = [gap(p.x, q.x), gap(p.y, q.y)];
    const change = resolved(f, a, b);
    return change === 0 ? 0 : change / (metric === 'sum' ? dx + dy : Math.hypot(dx, dy));
  };
}

/** |a - b|; 0 where it can not be told from rounding. */
function resolved({ rounding = 0 }: PairFunction, a: number, b: number): number {
  const change = Math.abs(a - b);
  const least = Math.max(RESOLUTION * Math.max(Math.abs(a), Math.abs(b)), ROUNDINGS * rounding);
  return change < least ? 0 : change;
}

function midpoint([p, q]: Ends): Point {
  const middle = (a: Float32Array, b: Float32Array) => a.map((value, k) => (value + (b[k] ?? 0)) / 2);
  return { x: middle(p.x, q.x), y: middle(p.y, q.y) };
}

function join(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function row({ data, cols }: Matrix, i: number): Float32Array {
  return data.subarray(i * cols, (i + 1) * cols);
}

/** Distances between the first n rows, n x n. */
function gaps(rows: Matrix, n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => gap(row(rows, Math.floor(at / n)), row(rows, at % n)));
}

function gap(a: Float32Array, b: Float32Array): number {
  let square = 0;
  for (let k = 0; k < a.length; k++) square += ((a[k] ?? 0) - (b[k] ?? 0)) ** 2;
  return Math.sqrt(square);
}

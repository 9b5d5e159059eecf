import type { CoreOptions } from '../wasm/core.js';
import { createProduct, type Product } from '../wasm/product.js';
import type { Disposable } from '../wasm/resource.js';
import type { Residual, ResidualTensor } from './residual.js';
import { transposeInto } from './transpose.js';

/** A residual over batches of fixed size; it allocates once. */
export interface ResidualPass extends Disposable {
  /** rows x dims: the last outputs, of length 1. */
  readonly output: Float32Array;
  /** Computes y = normalise(x + W x) of each row. */
  forward(x: Float32Array): void;
  /** Adds the gradient by the residual's tensors to theirs, given that by the last outputs. */
  backward(dOutput: Float32Array): void;
}

/** One of the two shapes of W over a batch. */
interface Shape {
  /** W x of each row; a view until the next call. */
  apply(x: Float32Array): Float32Array;
  /** Adds the gradient, given x of the last apply and the gradient by W x. */
  accumulate(x: Float32Array, slope: Float32Array): void;
  dispose(): void;
}

/** The passes of `residual` over batches of `rows`; they read its tensors anew each time. */
export function residualPass(residual: Residual, rows: number, options: CoreOptions): ResidualPass {
  const { dims } = residual;
  const shape = shapeOf(residual, rows, options);
  const output = new Float32Array(rows * dims);
  const slope = new Float32Array(rows * dims);
  const lengths = new Float64Array(rows);
  let input: Float32Array = new Float32Array(0);
  const { dispose } = shape;
  return {
    output,
    forward(x) {
      input = x;
      const residue = shape.apply(x);
      for (let i = 0; i < output.length; i++) output[i] = x[i] + residue[i];
      normaliseRows(output, dims, lengths);
    },
    backward(dOutput) {
      for (let row = 0; row < rows; row++) {
        const start = row * dims;
        let radial = 0;
        for (let k = start; k < start + dims; k++) radial += dOutput[k] * output[k];
        const inverse = 1 / lengths[row];
        for (let k = start; k < start + dims; k++) {
          slope[k] = (dOutput[k] - radial * output[k]) * inverse;
        }
      }
      shape.accumulate(input, slope);
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** Divides each row by its length, which goes to `lengths`; a row of zeros stays. */
export function normaliseRows(data: Float32Array, cols: number, lengths?: Float64Array): void {
  for (let row = 0; row < data.length / cols; row++) {
    const start = row * cols;
    let square = 0;
    for (let k = start; k < start + cols; k++) square += data[k] * data[k];
    const length = Math.sqrt(square) || 1;
    for (let k = start; k < start + cols; k++) data[k] = data[k] / length;
    if (lengths) lengths[row] = length;
  }
}

function shapeOf({ tensors, dims, rank }: Residual, rows: number, options: CoreOptions): Shape {
  const [first, second] = tensors as readonly [ResidualTensor, ResidualTensor];
  return rank === null ? full(first, rows, dims, options) : lowRank(first, second, { rows, dims, rank }, options);
}

function full(w: ResidualTensor, rows: number, dims: number, options: CoreOptions): Shape {
  const ahead = createProduct({ rows, cols: dims, depth: dims }, options);
  const outer = outerProduct(dims, dims, rows, options);
  return {
    dispose() {
      ahead.dispose();
      outer.dispose();
    },
    apply: (x) => multiply(ahead, x, w.data),
    accumulate: (x, slope) => outer.addTo(w.gradient, slope, x),
  };
}

interface LowRankSizes {
  readonly rows: number;
  readonly dims: number;
  readonly rank: number;
}

function lowRank(u: ResidualTensor, v: ResidualTensor, sizes: LowRankSizes, options: CoreOptions): Shape {
  const { rows, dims, rank } = sizes;
  const down = createProduct({ rows, cols: rank, depth: dims }, options);
  const up = createProduct({ rows, cols: dims, depth: rank }, options);
  const outerU = outerProduct(dims, rank, rows, options);
  const outerV = outerProduct(rank, dims, rows, options);
  const hidden = new Float32Array(rows * rank);
  const transposed = new Float32Array(rank * dims);
  return {
    dispose() {
      for (const held of [down, up, outerU, outerV]) held.dispose();
    },
    apply(x) {
      hidden.set(multiply(down, x, v.data));
      return multiply(up, hidden, u.data);
    },
    accumulate(x, slope) {
      outerU.addTo(u.gradient, slope, hidden);
      transposeInto(transposed, u.data, dims, rank);
      outerV.addTo(v.gradient, multiply(down, slope, transposed), x);
    },
  };
}

/** A Bᵀ in the core; a view until the next call. */
export function multiply(product: Product, a: Float32Array, b: Float32Array): Float32Array {
  product.a().set(a);
  product.b().set(b);
  product.load();
  product.run();
  product.store();
  return product.c();
}

/** Adds Aᵀ B of matrices with `depth` rows, `rows` and `cols` columns; it takes memory only once it is used. */
function outerProduct(rows: number, cols: number, depth: number, options: CoreOptions) {
  let held: Product | null = null;
  return {
    dispose: () => held?.dispose(),
    addTo(sum: Float32Array, a: Float32Array, b: Float32Array): void {
      // `a` may be a view of another product's memory, which making one may move.
      const left = held === null ? a.slice() : a;
      held ??= createProduct({ rows, cols, depth }, options);
      const product = held;
      transposeInto(product.a(), left, depth, rows);
      transposeInto(product.b(), b, depth, cols);
      product.load();
      product.run();
      product.store();
      const c = product.c();
      for (let i = 0; i < sum.length; i++) sum[i] += c[i];
    },
  };
}

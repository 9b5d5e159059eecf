import type { CoreOptions } from '../../wasm/core.js';
import { computed, createProduct, type Product } from '../../wasm/product.js';
import type { Disposable } from '../../wasm/resource.js';
import type { Head, Layer } from './head.js';
import { transposeInto } from './transpose.js';

/** A head over batches of fixed size; it allocates once. */
export interface HeadPass extends Disposable {
  /** rows x output: the last outputs, of length 1. */
  readonly output: Float32Array;
  /** Computes y = normalise(f(x)), or normalise(x + f(x)), of each row. */
  forward(x: Float32Array): void;
  /** Adds the gradient by the head's tensors to theirs, given that by the last outputs. */
  backward(dOutput: Float32Array): void;
}

/** A layer over a batch. */
interface LayerPass {
  /** a(A x + b) of each row; a view until the next call where the layer is a matrix alone and comes last. */
  apply(x: Float32Array): Float32Array;
  /** Adds the gradient, given that by the last apply's output; returns that by its input, a view, where `isWanted`. */
  accumulate(slope: Float32Array, isWanted: boolean): Float32Array;
  dispose(): void;
}

/** The passes of `head` over batches of `rows`; they read its tensors anew each time. */
export function headPass(head: Head, rows: number, options: CoreOptions): HeadPass {
  const { kind, output: width } = head;
  const chain = head.layers.map((layer, at) => layerPass(layer, rows, at === head.layers.length - 1, options));
  const output = new Float32Array(rows * width);
  const slope = new Float32Array(rows * width);
  const lengths = new Float64Array(rows);
  const dispose = () => {
    for (const pass of chain) pass.dispose();
  };
  return {
    output,
    forward(x) {
      const mapped = chain.reduce<Float32Array>((at, pass) => pass.apply(at), x);
      if (kind.isResidual) for (let i = 0; i < output.length; i++) output[i] = x[i] + mapped[i];
      else output.set(mapped);
      normaliseRows(output, width, lengths);
    },
    backward(dOutput) {
      normalisedSlope(slope, dOutput, { output, lengths }, width);
      let at: Float32Array = slope;
      for (let layer = chain.length - 1; layer >= 0; layer--) {
        at = (chain[layer] as LayerPass).accumulate(at, layer > 0);
      }
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** Divides each row by its length, which goes to `lengths`; a row of zeros stays. */
export function normaliseRows(data: Float32Array, cols: number, lengths?: Float64Array): void {
  for (let row = 0; row < data.length / cols; row++) {
    const start = row * cols;
    const length = Math.sqrt(squaresOf(data, start, start + cols)) || 1;
    const inverse = 1 / length;
    for (let k = start; k < start + cols; k++) data[k] *= inverse;
    if (lengths) lengths[row] = length;
  }
}

/** The sum of squares of data[start..end]. */
export function squaresOf(data: Float32Array, start: number, end: number): number {
  // Two sums that do not wait for each other.
  let even = 0;
  let odd = 0;
  let k = start;
  for (; k + 1 < end; k += 2) {
    even += data[k] * data[k];
    odd += data[k + 1] * data[k + 1];
  }
  if (k < end) even += data[k] * data[k];
  return even + odd;
}

/** Writes the gradient by rows before {@link normaliseRows}, given that by the rows after it. */
export function normalisedSlope(
  slope: Float32Array,
  dOutput: Float32Array,
  { output, lengths }: { readonly output: Float32Array; readonly lengths: Float64Array },
  cols: number,
): void {
  for (let row = 0; row < lengths.length; row++) {
    const start = row * cols;
    let radial = 0;
    for (let k = start; k < start + cols; k++) radial += dOutput[k] * output[k];
    const inverse = 1 / lengths[row];
    for (let k = start; k < start + cols; k++) slope[k] = (dOutput[k] - radial * output[k]) * inverse;
  }
}

function layerPass(
  { weight, bias, activation }: Layer,
  rows: number,
  isLast: boolean,
  options: CoreOptions,
): LayerPass {
  const { rows: out, cols } = weight;
  const ahead = createProduct({ rows, cols: out, depth: cols }, options);
  const outer = outerProduct(out, cols, rows, options);
  const back = backProduct(weight.data, { rows, out, cols }, options);
  const isPlain = bias === null && activation === null;
  // What comes next may use the memory that a view would be of.
  const value = isLast && isPlain ? null : new Float32Array(rows * out);
  const inner = isPlain ? null : new Float32Array(rows * out);
  let input: Float32Array = new Float32Array(0);
  return {
    apply(x) {
      input = x;
      const product = multiply(ahead, x, weight.data);
      if (value === null) return product;
      value.set(product);
      if (bias !== null) for (let i = 0; i < value.length; i++) value[i] = value[i] + bias.data[i % out];
      if (activation !== null) for (let i = 0; i < value.length; i++) value[i] = activation.value(value[i]);
      return value;
    },
    accumulate(slope, isWanted) {
      let at: Float32Array = slope;
      if (inner !== null && value !== null) {
        at = inner;
        for (let i = 0; i < at.length; i++) at[i] = slope[i] * (activation?.slope(value[i]) ?? 1);
        if (bias !== null) for (let i = 0; i < at.length; i++) bias.gradient[i % out] = bias.gradient[i % out] + at[i];
      }
      // Before the product with the weights, which may move the memory that the slope is a view of.
      outer.addTo(weight.gradient, at, input);
      return isWanted ? back.times(at) : at;
    },
    dispose() {
      for (const held of [ahead, outer, back]) held.dispose();
    },
  };
}

/** A Bᵀ in the core; a view until the next call. */
export function multiply(product: Product, a: Float32Array, b: Float32Array): Float32Array {
  product.a().set(a);
  product.b().set(b);
  return computed(product);
}

interface LayerShape {
  readonly rows: number;
  readonly out: number;
  readonly cols: number;
}

/** Rows times a weight matrix, out x cols; it takes memory only once it is used. */
function backProduct(weight: Float32Array, { rows, out, cols }: LayerShape, options: CoreOptions) {
  let held: Product | null = null;
  const turned = { data: new Float32Array(0) };
  return {
    dispose: () => held?.dispose(),
    times(slope: Float32Array): Float32Array {
      const from = held === null ? slope.slice() : slope;
      held ??= createProduct({ rows, cols, depth: out }, options);
      if (turned.data.length === 0) turned.data = new Float32Array(out * cols);
      transposeInto(turned.data, weight, out, cols);
      return multiply(held, from, turned.data);
    },
  };
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
      const c = computed(product);
      for (let i = 0; i < sum.length; i++) sum[i] += c[i];
    },
  };
}

import { ShapeError } from '../wasm/errors.js';
import type { Matrix } from '../wasm/matrix.js';

/** The score of query i with candidate j, before it is divided by the temperature. */
export type Score = (i: number, j: number) => number;

interface Layer {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Scores of the joint critic with `hidden` rectified layers, in float64; the first layer is computed once a row. */
export function perceptronScores(
  hidden: number,
  find: (name: string) => Float32Array | undefined,
  g: Matrix,
  h: Matrix,
): Score {
  const tensor = (name: string): Float32Array => {
    const found = find(name);
    if (found === undefined) throw new ShapeError(`this joint critic has no ${name}`);
    return found;
  };
  const layers = Array.from({ length: hidden + 1 }, (_, at): Layer => {
    return { weight: tensor(`critic.${at}.weight`), bias: tensor(`critic.${at}.bias`) };
  });
  const [first, ...later] = layers;
  if (first === undefined) throw new ShapeError('this joint critic has no layers');
  const fromX = firstPart(g, first, 0);
  const fromY = firstPart(h, first, g.cols);
  const units = first.bias.length;
  return (i, j) => {
    const z = Float64Array.from(first.bias, (bias, k) =>
      Math.max(0, bias + (fromX[i * units + k] ?? 0) + (fromY[j * units + k] ?? 0)),
    );
    const through = (below: Float64Array, layer: Layer, at: number) => apply(layer, below, at < later.length - 1);
    return later.reduce<Float64Array>(through, z)[0] ?? Number.NaN;
  };
}

/** rows x units: what columns from `offset` on of the first layer make of each row. */
function firstPart({ data, rows, cols }: Matrix, { weight, bias }: Layer, offset: number): Float64Array {
  const units = bias.length;
  const inputs = weight.length / units;
  const out = new Float64Array(rows * units);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < units; k++) {
      let total = 0;
      for (let c = 0; c < cols; c++) total += (data[i * cols + c] ?? 0) * (weight[k * inputs + offset + c] ?? 0);
      out[i * units + k] = total;
    }
  }
  return out;
}

function apply({ weight, bias }: Layer, below: Float64Array, rectified: boolean): Float64Array {
  const inputs = below.length;
  return Float64Array.from(bias, (start, k) => {
    let total = start;
    for (let c = 0; c < inputs; c++) total += (weight[k * inputs + c] ?? 0) * (below[c] ?? 0);
    return rectified ? Math.max(0, total) : total;
  });
}

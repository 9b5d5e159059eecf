import { backend_util, type NamedAttrMap, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { sumOfRows } from '../../wasm/row-sums.js';
import { floatOutput, floatsOf, input, isEmpty, type Kernel } from './wasm-backend.js';

/** Numbers of a row from which on it is worth to be copied: those of two registers. */
const SHORTEST_ROW = 8;

/**
 * Sums over leading axes, as of every gradient of a bias, which the wasm backend transposes for; it computes the others
 * itself.
 */
export const sum: Kernel = {
  name: 'Sum',
  run({ inputs, attributes, backend, options, own }) {
    const x = input(inputs, 'x');
    const { shape, cols } = plan(x, attributes);
    if (x.dtype !== 'float32' || isEmpty(x) || cols < SHORTEST_ROW) return own();
    return floatOutput(backend, shape, (to) => sumOfRows(floatsOf(backend, x), to, options));
  },
};

/** The result's shape, and the numbers of a row; none where other axes than the first ones are summed over. */
function plan({ shape }: TensorInfo, { axis, keepDims }: NamedAttrMap): { shape: number[]; cols: number } {
  const axes = util.parseAxisParam(axis as number[], shape);
  const [reduced, summed] = backend_util.computeOutAndReduceShapes(shape, axes);
  const isLeading = axes.every((axis) => axis < axes.length) && summed.length < shape.length;
  return {
    shape: keepDims === true ? backend_util.expandShapeToKeepDim(reduced, axes) : reduced,
    cols: isLeading ? util.sizeFromShape(reduced) : 0,
  };
}

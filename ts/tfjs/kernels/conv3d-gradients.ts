import { backend_util, type NamedAttrMap } from '@tensorflow/tfjs-core';
import { matrixProduct } from '../../wasm/matrix-product.js';
import { floatOutput, floatsOf, input, type Kernel } from './wasm-backend.js';
import { taps, volumeWindows, type Windows, windowCount } from './windows.js';

type Sizes3 = [number, number, number];
type Sizes5 = [number, number, number, number, number];

/** The gradient of a convolution of volumes by its input; the backend's own is wrong. */
export const conv3dBackpropInput: Kernel = {
  name: 'Conv3DBackpropInputV2',
  run: ({ inputs, attributes, backend, options }) => {
    const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
    const windows = windowsOf(attributes.inputShape, filter.shape, attributes);
    return floatOutput(backend, attributes.inputShape as Sizes5, (dx) => {
      const [slopes, weights, sums] = [floatsOf(backend, dy), floatsOf(backend, filter), dx.fill(0)];
      const { channels } = windows;
      const depth = filter.shape.at(-1) ?? 1;
      const shape = { rows: windowCount(windows), cols: channels, depth, ...PLAIN, transposeB: true };
      const product = new Float32Array(shape.rows * channels);
      let tap = 0;
      for (const pixels of taps(windows)) {
        matrixProduct(shape, [slopes, part(weights, tap, channels * depth)], product, undefined, options);
        scatter(product, pixels, channels, sums);
        tap += 1;
      }
    });
  },
};

/** The gradient of a convolution of volumes by its filter; the backend's own is wrong with strides. */
export const conv3dBackpropFilter: Kernel = {
  name: 'Conv3DBackpropFilterV2',
  run: ({ inputs, attributes, backend, options }) => {
    const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
    const filterShape = attributes.filterShape as Sizes5;
    const windows = windowsOf(x.shape, filterShape, attributes);
    return floatOutput(backend, filterShape, (sums) => {
      const [values, slopes] = [floatsOf(backend, x), floatsOf(backend, dy)];
      const { channels } = windows;
      const cols = filterShape[4];
      const shape = { rows: channels, cols, depth: windowCount(windows), ...PLAIN, transposeA: true };
      const gathered = new Float32Array(shape.depth * channels);
      let tap = 0;
      for (const pixels of taps(windows)) {
        gather(values, pixels, channels, gathered);
        matrixProduct(shape, [gathered, slopes], part(sums, tap, channels * cols), undefined, options);
        tap += 1;
      }
    });
  },
};

const PLAIN = { transposeA: false, transposeB: false, batches: [[0, 0]] } as const;

function windowsOf(inputShape: unknown, filterShape: readonly number[], { strides, pad }: NamedAttrMap): Windows {
  const info = backend_util.computeConv3DInfo(
    inputShape as Sizes5,
    filterShape as Sizes5,
    strides as Sizes3 | number,
    1,
    pad as 'same',
  );
  return volumeWindows(info);
}

/** The numbers of one tap. */
function part(numbers: Float32Array, tap: number, length: number): Float32Array {
  return numbers.subarray(tap * length, (tap + 1) * length);
}

/** Copies the pixels, 0 where there is none. */
function gather(values: Float32Array, pixels: Int32Array, channels: number, to: Float32Array): void {
  pixels.forEach((pixel, row) => {
    const place = row * channels;
    if (pixel < 0) to.fill(0, place, place + channels);
    else to.set(values.subarray(pixel * channels, (pixel + 1) * channels), place);
  });
}

/** Adds rows to the pixels. */
function scatter(rows: Float32Array, pixels: Int32Array, channels: number, to: Float32Array): void {
  pixels.forEach((pixel, row) => {
    if (pixel < 0) return;
    const [from, start] = [row * channels, pixel * channels];
    for (let c = 0; c < channels; c++) to[start + c] = (to[start + c] ?? 0) + (rows[from + c] ?? 0);
  });
}

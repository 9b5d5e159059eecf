import { backend_util, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';
import { floatsOf, input, type Kernel, type KernelCall } from './wasm-backend.js';
import { imageWindows, taps, volumeWindows, type Windows, windowCount } from './windows.js';

/**
 * The gradient of the largest in each window of an image.
 *
 * The backend's own takes 1.2e-38 for the least of all numbers: windows of zeros and negative ones get no gradient.
 */
export const maxPoolGrad: Kernel = {
  name: 'MaxPoolGrad',
  run: (call) => gradient(call, imagePool(input(call.inputs, 'input'), call.attributes), 'first'),
};

/** The largest in each window of a volume; of zeros and negative numbers the backend's own gives 1.2e-38. */
export const maxPool3d: Kernel = {
  name: 'MaxPool3D',
  run: ({ inputs, attributes, backend }) => {
    const x = input(inputs, 'x');
    const { windows, shape } = volumePool(x, attributes);
    const out = backend.makeOutput(shape, 'float32');
    largest(windows, floatsOf(backend, x), floatsOf(backend, out), 'last');
    return out;
  },
};

/** Its gradient. */
export const maxPool3dGrad: Kernel = {
  name: 'MaxPool3DGrad',
  run: (call) => gradient(call, volumePool(input(call.inputs, 'input'), call.attributes).windows, 'last'),
};

/** Which of several that are equally large is it: the cpu backend says so. */
type Tie = 'first' | 'last';

function gradient({ inputs, backend }: KernelCall, windows: Windows, tie: Tie): TensorInfo {
  const [x, dy] = [input(inputs, 'input'), input(inputs, 'dy')];
  const dx = backend.makeOutput([...x.shape], 'float32');
  const [slopes, sums] = [floatsOf(backend, dy), floatsOf(backend, dx).fill(0)];
  // TensorFlow.js does not say how the number of windows was rounded.
  const [width = 1, height = 1, depth = 1] = dy.shape.slice(1, -1).reverse();
  const found = largest(
    { ...windows, output: [depth, height, width] },
    floatsOf(backend, x),
    new Float32Array(slopes.length),
    tie,
  );
  found.forEach((at, window) => {
    if (at >= 0) sums[at] = (sums[at] ?? 0) + (slopes[window] ?? 0);
  });
  return dx;
}

/** Writes the largest of each window and channel to `to`; gives where it stands. */
function largest(windows: Windows, values: Float32Array, to: Float32Array, tie: Tie): Int32Array {
  const { channels } = windows;
  const at = new Int32Array(windowCount(windows) * channels).fill(-1);
  to.fill(Number.NEGATIVE_INFINITY);
  for (const pixels of taps(windows)) {
    pixels.forEach((pixel, window) => {
      if (pixel < 0) return;
      for (let c = 0; c < channels; c++) {
        const out = window * channels + c;
        const value = values[pixel * channels + c] ?? 0;
        const best = to[out] ?? 0;
        if (value > best || (value === best && tie === 'last')) {
          to[out] = value;
          at[out] = pixel * channels + c;
        }
      }
    });
  }
  return at;
}

type Sizes2 = [number, number] | number;
type Sizes3 = [number, number, number] | number;

function imagePool({ shape }: TensorInfo, { filterSize, strides, pad, dimRoundingMode }: NamedAttrMap): Windows {
  const sizes = shape as [number, number, number, number];
  const rounding = dimRoundingMode as 'floor' | undefined;
  return imageWindows(
    backend_util.computePool2DInfo(sizes, filterSize as Sizes2, strides as Sizes2, 1, pad as 'same', rounding),
  );
}

function volumePool({ shape }: TensorInfo, { filterSize, strides, pad, dimRoundingMode }: NamedAttrMap) {
  const sizes = shape as [number, number, number, number, number];
  const rounding = dimRoundingMode as 'floor' | undefined;
  const info = backend_util.computePool3DInfo(
    sizes,
    filterSize as Sizes3,
    strides as Sizes3,
    1,
    pad as 'same',
    rounding,
    'NDHWC',
  );
  return { windows: volumeWindows(info), shape: info.outShape };
}

import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel, consume, isEmpty, type WasmBackend } from './wasm-backend.js';

/** Where channels lie: the core has them last, and images of the other kind are turned on the way in and out. */
export type ImageFormat = 'channelsLast' | 'channelsFirst';

const LAST = [0, 2, 3, 1];
const FIRST = [0, 3, 1, 2];

/** As `NHWC` or `NCHW` say; absent is `NHWC`. */
export function imageFormat(dataFormat: 'NHWC' | 'NCHW' = 'NHWC'): ImageFormat {
  return backend_util.convertConv2DDataFormat(dataFormat);
}

/** Runs `work` on images with channels last, as which it gives its result, and gives that in the images' format. */
export function withChannelsLast(
  backend: WasmBackend,
  format: ImageFormat,
  images: readonly TensorInfo[],
  work: (images: readonly TensorInfo[]) => TensorInfo,
  isResultAnImage = true,
): TensorInfo {
  if (format === 'channelsLast') return work(images);
  const turned = images.map((x) => turn(backend, x, LAST));
  const result = consume(backend, turned, () => work(turned));
  return isResultAnImage ? consume(backend, [result], () => turn(backend, result, FIRST)) : result;
}

function turn(backend: WasmBackend, x: TensorInfo, perm: number[]): TensorInfo {
  // The backend's own kernel divides by the sizes.
  if (isEmpty(x)) {
    return backend.makeOutput(
      perm.map((axis) => x.shape[axis] ?? 0),
      x.dtype,
    );
  }
  return callKernel(backend, 'Transpose', { x }, { perm });
}

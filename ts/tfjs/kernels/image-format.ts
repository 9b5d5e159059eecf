import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel, type WasmBackend } from './wasm-backend.js';

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
  const turned = images.map((x) => callKernel(backend, 'Transpose', { x }, { perm: LAST }));
  const result = work(turned);
  for (const { dataId } of turned) backend.disposeData(dataId);
  if (!isResultAnImage) return result;
  const out = callKernel(backend, 'Transpose', { x: result }, { perm: FIRST });
  backend.disposeData(result.dataId);
  return out;
}

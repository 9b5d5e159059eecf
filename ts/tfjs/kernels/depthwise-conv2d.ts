import type { DepthwiseConv2dNativeAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { callKernel, consume, input, type Kernel, type KernelCall, type WasmBackend } from './wasm-backend.js';
import { type ConvInfo, infoOf, isPaddedRight } from './window-axes.js';

/** The depthwise convolution by the backend's own kernel, which is never told of paddings that it gets wrong. */
export const depthwiseConv2d: Kernel = { name: 'DepthwiseConv2dNative', run: convolve };

/** The same with a bias and an activation. */
export const fusedDepthwiseConv2d: Kernel = { name: 'FusedDepthwiseConv2D', run: convolve };

function convolve({ inputs, attributes, backend, own }: KernelCall): TensorInfo {
  const [x, filter] = [input(inputs, 'x'), input(inputs, 'filter')];
  const attrs = attributes as unknown as DepthwiseConv2dNativeAttrs;
  const info = infoOf(x.shape, filter.shape, attrs, 'channelsLast', true);
  // The backend's own kernel divides by the sizes.
  if (attrs.dataFormat !== 'NCHW' && info.outShape.includes(0)) return backend.makeOutput(info.outShape, 'float32');
  if (attrs.dataFormat === 'NCHW' || isPaddedRight(attrs, info)) return own();
  const reached = reachedPixels(backend, x, info);
  return consume(backend, [reached], () =>
    own({ inputs: { ...inputs, x: reached }, attributes: { ...attributes, pad: 'valid' } }),
  );
}

/** The images, padded or cut to what their windows reach. */
function reachedPixels(backend: WasmBackend, x: TensorInfo, info: ConvInfo): TensorInfo {
  const { top, left } = info.padInfo;
  const height = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight;
  const width = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth;
  const paddings = [
    [0, 0],
    [top, Math.max(height - info.inHeight - top, 0)],
    [left, Math.max(width - info.inWidth - left, 0)],
    [0, 0],
  ];
  const padded = callKernel(backend, 'PadV2', { x }, { paddings, constantValue: 0 });
  const size = [info.batchSize, height, width, info.inChannels];
  return consume(backend, [padded], () => callKernel(backend, 'Slice', { x: padded }, { begin: [0, 0, 0, 0], size }));
}

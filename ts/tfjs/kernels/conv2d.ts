import type {
  Conv2DAttrs,
  Conv2DBackpropFilterAttrs,
  Conv2DBackpropInputAttrs,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import {
  type Convolution,
  convolution,
  convolutionFilterGradient,
  convolutionInputGradient,
} from '../../wasm/convolution.js';
import { epilogueOf, type Fusion, fuseAfter, fusionOf, isByColumn, NO_FUSION } from './epilogue.js';
import { imageFormat, withChannelsLast } from './image-format.js';
import { bilinearOutput, floatOutput, floatsOf, input, isEmpty, type Kernel, type KernelCall } from './wasm-backend.js';
import { axesOf, type ConvInfo, infoOf, isPaddedRight, withWindowsOf } from './window-axes.js';

/** The convolution of images with a filter, in both formats. */
export const conv2D: Kernel = { name: 'Conv2D', run: (call) => convolve(call, NO_FUSION) };

/** `activation(conv2d(x, filter) + bias)`. */
export const fusedConv2D: Kernel = {
  name: 'FusedConv2D',
  run: (call) => convolve(call, fusionOf(call.inputs, call.attributes)),
};

/** The gradient of a convolution with respect to its images. */
export const conv2DBackpropInput: Kernel = {
  name: 'Conv2DBackpropInput',
  run({ inputs, attributes, backend, options }) {
    const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
    const { strides, pad, dataFormat, inputShape } = attributes as unknown as Conv2DBackpropInputAttrs;
    const format = imageFormat(dataFormat);
    const info = withWindowsOf(infoOf(inputShape, filter.shape, { strides, pad }, format), dy, format);
    return withChannelsLast(backend, format, [dy], ([dy]) => {
      const shape = [info.batchSize, info.inHeight, info.inWidth, info.inChannels];
      return bilinearOutput(backend, shape, [dy, filter], (operands, to) =>
        convolutionInputGradient(shapeOf(info), operands, to, options),
      );
    });
  },
};

/** The gradient of a convolution with respect to its filter, which the wasm backend has no kernel for. */
export const conv2DBackpropFilter: Kernel = {
  name: 'Conv2DBackpropFilter',
  run({ inputs, attributes, backend, options }) {
    const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
    const { strides, pad, dataFormat, filterShape } = attributes as unknown as Conv2DBackpropFilterAttrs;
    const format = imageFormat(dataFormat);
    const info = withWindowsOf(infoOf(x.shape, filterShape, { strides, pad }, format), dy, format);
    const run = ([x, dy]: readonly TensorInfo[]): TensorInfo =>
      bilinearOutput(backend, filterShape, [x, dy], (operands, to) =>
        convolutionFilterGradient(shapeOf(info), operands, to, options),
      );
    return withChannelsLast(backend, format, [x, dy], run, false);
  },
};

/**
 * Numbers of a patch below which the backend's own kernel is faster: making patches takes most of the time then. That
 * kernel hides NaN: sums of it become -Infinity, and 0 after relu.
 */
const SHORTEST_PATCH = 32;

function convolve({ inputs, attributes, backend, options, own }: KernelCall, fusion: Fusion): TensorInfo {
  const [x, filter] = [input(inputs, 'x'), input(inputs, 'filter')];
  const attrs = attributes as unknown as Conv2DAttrs;
  const format = imageFormat(attrs.dataFormat);
  const info = infoOf(x.shape, filter.shape, attrs, format);
  const isByChannel = isByColumn(fusion, info.outChannels);
  // What needs no padding of its own, and neither shapes nor formats that the backend lacks.
  const isPlain = format === 'channelsLast' && isPaddedRight(attrs, info) && isByChannel && isFlat(fusion);
  const isVoid = isEmpty(x) || isEmpty(filter);
  if (isPlain && !isVoid && info.filterHeight * info.filterWidth * info.inChannels < SHORTEST_PATCH) return own();
  // Of more axes than one, a bias goes by those of the images as they came.
  const isFused = !isVoid && isByChannel && (format === 'channelsLast' || isFlat(fusion));
  const product = withChannelsLast(backend, format, [x], ([x]) => {
    const shape = [info.batchSize, info.outHeight, info.outWidth, info.outChannels];
    return floatOutput(backend, shape, (to) => {
      const epilogue = isFused ? epilogueOf(backend, fusion) : undefined;
      if (x === undefined || isVoid) to.fill(0);
      else convolution(shapeOf(info), [floatsOf(backend, x), floatsOf(backend, filter)], to, epilogue, options);
    });
  });
  return isFused || isEmpty(product)
    ? product
    : fuseAfter(backend, product, format === 'channelsLast' ? fusion : channelsFirst(fusion));
}

function isFlat({ bias, slopes }: Fusion): boolean {
  return [bias, slopes].every((tensor) => tensor === undefined || tensor.shape.length === 1);
}

/** What has a number a channel, as kernels broadcast it to images with channels first. */
function channelsFirst({ bias, slopes, ...rest }: Fusion): Fusion {
  const turned = (tensor: TensorInfo): TensorInfo =>
    tensor.shape.length === 1 ? { ...tensor, shape: [...tensor.shape, 1, 1] } : tensor;
  return { ...rest, ...(bias && { bias: turned(bias) }), ...(slopes && { slopes: turned(slopes) }) };
}

function shapeOf(info: ConvInfo): Convolution {
  return { ...axesOf(info), depth: info.inChannels, channels: info.outChannels };
}

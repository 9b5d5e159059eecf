import type {
  DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInputAttrs,
} from '@tensorflow/tfjs-core';
import { type Depthwise, depthwiseFilterGradient, depthwiseInputGradient } from '../../wasm/depthwise.js';
import { bilinearOutput, input, type Kernel } from './wasm-backend.js';
import { axesOf, type ConvInfo, infoOf, withWindowsOf } from './window-axes.js';

const FORMAT = 'channelsLast';

/**
 * The gradient of a depthwise convolution with respect to its images; dilations too, which TensorFlow.js has no other
 * kernel for.
 */
export const depthwiseConv2dNativeBackpropInput: Kernel = {
  name: 'DepthwiseConv2dNativeBackpropInput',
  run({ inputs, attributes, backend, options }) {
    const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
    const attrs = attributes as unknown as DepthwiseConv2dNativeBackpropInputAttrs;
    const info = withWindowsOf(infoOf(attrs.inputShape, filter.shape, attrs, FORMAT, true), dy, FORMAT);
    return bilinearOutput(backend, attrs.inputShape, [dy, filter], (operands, to) =>
      depthwiseInputGradient(shapeOf(info), operands, to, options),
    );
  },
};

/** The gradient of a depthwise convolution with respect to its filter. */
export const depthwiseConv2dNativeBackpropFilter: Kernel = {
  name: 'DepthwiseConv2dNativeBackpropFilter',
  run({ inputs, attributes, backend, options }) {
    const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
    const attrs = attributes as unknown as DepthwiseConv2dNativeBackpropFilterAttrs;
    const info = withWindowsOf(infoOf(x.shape, attrs.filterShape, attrs, FORMAT, true), dy, FORMAT);
    return bilinearOutput(backend, attrs.filterShape, [x, dy], (operands, to) =>
      depthwiseFilterGradient(shapeOf(info), operands, to, options),
    );
  },
};

function shapeOf(info: ConvInfo): Depthwise {
  return { ...axesOf(info), depth: info.inChannels, multiplier: info.outChannels / info.inChannels };
}

import type {
  DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInputAttrs,
} from '@tensorflow/tfjs-core';
import { type Depthwise, depthwiseFilterGradient, depthwiseInputGradient } from '../../wasm/depthwise.js';
import { floatOutput, floatsOf, input, isEmpty, type Kernel } from './wasm-backend.js';
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
    return floatOutput(backend, attrs.inputShape, (to) => {
      if (isEmpty(dy) || isEmpty(filter)) to.fill(0);
      else depthwiseInputGradient(shapeOf(info), [floatsOf(backend, dy), floatsOf(backend, filter)], to, options);
    });
  },
};

/** The gradient of a depthwise convolution with respect to its filter. */
export const depthwiseConv2dNativeBackpropFilter: Kernel = {
  name: 'DepthwiseConv2dNativeBackpropFilter',
  run({ inputs, attributes, backend, options }) {
    const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
    const attrs = attributes as unknown as DepthwiseConv2dNativeBackpropFilterAttrs;
    const info = withWindowsOf(infoOf(x.shape, attrs.filterShape, attrs, FORMAT, true), dy, FORMAT);
    return floatOutput(backend, attrs.filterShape, (to) => {
      if (isEmpty(x) || isEmpty(dy)) to.fill(0);
      else depthwiseFilterGradient(shapeOf(info), [floatsOf(backend, x), floatsOf(backend, dy)], to, options);
    });
  },
};

function shapeOf(info: ConvInfo): Depthwise {
  return { ...axesOf(info), depth: info.inChannels, multiplier: info.outChannels / info.inChannels };
}

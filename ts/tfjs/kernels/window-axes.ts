import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WindowAxis } from '../../wasm/image-window.js';
import type { ImageFormat } from './image-format.js';

/** What TensorFlow.js computes of a convolution from its attributes. */
export type ConvInfo = backend_util.Conv2DInfo;

/** How a kernel moves over images, as TensorFlow.js's kernels are told. */
export interface WindowAttributes {
  readonly strides: number | [number, number];
  readonly dilations?: number | [number, number] | null | undefined;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | undefined;
}

/** The sizes of a convolution, or of one of each channel by itself. */
export function infoOf(
  images: readonly number[],
  filter: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: WindowAttributes,
  format: ImageFormat,
  isDepthwise = false,
): ConvInfo {
  const [a = 0, b = 0, c = 0, d = 0] = images;
  const [height = 0, width = 0, depth = 0, channels = 0] = filter;
  return backend_util.computeConv2DInfo(
    [a, b, c, d],
    [height, width, depth, channels],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    isDepthwise,
    format,
  );
}

/**
 * The same with the windows that an output's gradient has: TensorFlow.js does not tell the kernels of gradients how their
 * number was rounded.
 */
export function withWindowsOf(info: ConvInfo, { shape }: TensorInfo, format: ImageFormat): ConvInfo {
  const [outHeight = 0, outWidth = 0] = format === 'channelsLast' ? shape.slice(1, 3) : shape.slice(2, 4);
  return { ...info, outHeight, outWidth };
}

/** The two axes, as the core takes them. */
export function axesOf(info: ConvInfo): { readonly rows: WindowAxis; readonly cols: WindowAxis } {
  return {
    rows: {
      size: info.inHeight,
      kernel: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      before: info.padInfo.top,
      positions: info.outHeight,
    },
    cols: {
      size: info.inWidth,
      kernel: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      before: info.padInfo.left,
      positions: info.outWidth,
    },
  };
}

/**
 * Whether the backend's own kernels take this padding: of numbers they make something else, or write beyond their memory,
 * and 'same' gives zeros where a filter is narrower than its stride.
 */
export function isPaddedRight({ pad }: WindowAttributes, info: ConvInfo): boolean {
  if (pad === 'valid') return true;
  return pad === 'same' && info.filterHeight >= info.strideHeight && info.filterWidth >= info.strideWidth;
}

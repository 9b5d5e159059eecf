import type { backend_util } from '@tensorflow/tfjs-core';

type Sides = readonly [depth: number, height: number, width: number];

/** How windows lie over the pixels of samples, which are stored one after another, each pixel with its channels. */
export interface Windows {
  readonly samples: number;
  readonly channels: number;
  readonly input: Sides;
  /** How many windows there are. */
  readonly output: Sides;
  /** How many pixels a window has. */
  readonly size: Sides;
  readonly stride: Sides;
  /** How far the first window begins before the first pixel. */
  readonly before: Sides;
}

/** Those of an image. */
export function imageWindows(info: backend_util.Conv2DInfo): Windows {
  return {
    samples: info.batchSize,
    channels: info.inChannels,
    input: [1, info.inHeight, info.inWidth],
    output: [1, info.outHeight, info.outWidth],
    size: [1, info.filterHeight, info.filterWidth],
    stride: [1, info.strideHeight, info.strideWidth],
    before: [0, info.padInfo.top, info.padInfo.left],
  };
}

/** Those of a volume. */
export function volumeWindows(info: backend_util.Conv3DInfo): Windows {
  return {
    samples: info.batchSize,
    channels: info.inChannels,
    input: [info.inDepth, info.inHeight, info.inWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
    size: [info.filterDepth, info.filterHeight, info.filterWidth],
    stride: [info.strideDepth, info.strideHeight, info.strideWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
  };
}

/** How many windows there are over all samples. */
export function windowCount({ samples, output: [depth, height, width] }: Windows): number {
  return samples * depth * height * width;
}

/**
 * For each place in a window, in order, which pixel every window has there, or -1 where it lies outside.
 *
 * The list is the same each time, filled anew.
 */
export function* taps(windows: Windows): Generator<Int32Array> {
  const pixels = new Int32Array(windowCount(windows));
  const [depths, heights, widths] = windows.size;
  for (let d = 0; d < depths; d++) {
    for (let h = 0; h < heights; h++) {
      for (let w = 0; w < widths; w++) {
        fillTap(windows, [d, h, w], pixels);
        yield pixels;
      }
    }
  }
}

function fillTap(windows: Windows, tap: Sides, pixels: Int32Array): void {
  const { samples, input } = windows;
  const [depths, rows, columns] = [along(windows, tap, 0), along(windows, tap, 1), along(windows, tap, 2)];
  let window = 0;
  for (let sample = 0; sample < samples; sample++) {
    for (const depth of depths) {
      for (const row of rows) {
        const start = ((sample * input[0] + depth) * input[1] + row) * input[2];
        const isInside = depth >= 0 && row >= 0;
        for (const column of columns) pixels[window++] = isInside && column >= 0 ? start + column : -1;
      }
    }
  }
}

/** Where each window along an axis has a place, or -1. */
function along({ input, output, stride, before }: Windows, tap: Sides, axis: 0 | 1 | 2): readonly number[] {
  return Array.from({ length: output[axis] }, (_, window) => {
    const at = window * stride[axis] - before[axis] + tap[axis];
    return at < input[axis] ? Math.max(at, -1) : -1;
  });
}

import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit } from '../../../ts/tfjs/training/fit.js';
import { tfjsRun } from '../../../ts/tfjs/training/fit-options.js';
import { inputRows, toInput } from '../../../ts/tfjs/training/input-rows.js';
import { ShapeError } from '../../../ts/wasm/errors.js';
import type { ImageShape } from '../../../ts/wasm/trainer-spec.js';
import { numbersOf, useBackend } from '../../support/tfjs.js';
import { gaussianPairs } from '../../training/gaussian-pairs.js';
import { smallRun } from './small-run.js';

const takes = (shape: readonly (number | null)[], isChannelsFirst = false) => ({ shape, isChannelsFirst });

const side = fc.integer({ min: 1, max: 4 });
const images = fc.record({ channels: side, height: side, width: side });

/** Two images whose number at (c, i, j) says where it is. */
function rowsOf({ channels, height, width }: ImageShape, order: 'planes' | 'pixels'): Float32Array {
  const size = channels * height * width;
  const row = new Float32Array(2 * size);
  for (let n = 0; n < 2; n++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          const at = order === 'planes' ? (c * height + i) * width + j : (i * width + j) * channels + c;
          row[n * size + at] = 1000 * n + 100 * c + 10 * i + j;
        }
      }
    }
  }
  return row;
}

describe('rows of a source', () => {
  beforeAll(() => useBackend('cpu'));

  it('give a model with channels last the pixels of images, whatever their order', () => {
    fc.assert(
      fc.property(images, fc.constantFrom('planes' as const, 'pixels' as const), (image, order) => {
        const { channels, height, width } = image;
        const size = channels * height * width;
        const read = inputRows('x', size, takes([height, width, channels]), { ...image, order });
        const found = tf.tidy(() => numbersOf(toInput(tf.tensor2d(rowsOf(image, order), [2, size]), read)));
        expect(found).toEqual(rowsOf(image, 'pixels'));
      }),
    );
  });

  it('give a model with channels first images of equal sides as they are', () => {
    const cube = { channels: 3, height: 3, width: 3 };
    expect(inputRows('x', 27, takes([3, 3, 3], true), cube).planes).toBe(false);
    expect(inputRows('x', 27, takes([3, 3, 3]), cube).planes).toBe(true);
  });

  it.each(['channelsFirst', 'channelsLast'] as const)('are read by the first layer that cares: %s', (dataFormat) => {
    const encoder = tf.sequential({
      layers: [
        tf.layers.activation({ activation: 'relu', inputShape: [3, 3, 3] }),
        tf.layers.averagePooling2d({ poolSize: 3, dataFormat }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const { spec } = tfjsRun(smallRun({ encoder, pairs: gaussianPairs(16, 27, 1), imageShape: '3x3x3' }));
    expect(spec.tfjs?.x.planes).toBe(dataFormat === 'channelsLast');
    encoder.dispose();
  });

  it('of both sides are of one size, where one encoder takes them', () => {
    const encoder = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [null, null, 1] }),
        tf.layers.globalMaxPooling2d({}),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const run = (y: string) =>
      tfjsRun(smallRun({ encoder, pairs: gaussianPairs(16, 24, 1), imageShape: { x: '1x4x6', y } }));
    expect(() => run('1x6x4')).toThrow(
      new ShapeError(
        'one encoder for both sides needs rows of one kind: it would take those of x as [4,6,1] and those of y as [6,4,1]',
      ),
    );
    expect(run('1x4x6').spec.tfjs?.x.inputShape).toEqual([4, 6, 1]);
    encoder.dispose();
  });

  it('close what a model leaves open', () => {
    expect(inputRows('x', 6, takes([null]), undefined)).toEqual({ inputShape: [6], planes: false });
    expect(inputRows('x', 6, takes([null, 2, 1]), undefined)).toEqual({ inputShape: [3, 2, 1], planes: false });
    const image = { channels: 3, height: 2, width: 5 };
    expect(inputRows('x', 30, takes([null, null, 3]), image)).toEqual({ inputShape: [2, 5, 3], planes: true });
    expect(inputRows('x', 30, takes([3, null, null]), image)).toEqual({ inputShape: [3, 2, 5], planes: false });
  });

  it.each<[readonly (number | null)[], ImageShape | undefined, string]>([
    [[5, 1], undefined, 'rows of y have 6 numbers, its encoder takes [5, 1]'],
    [[null, 4], undefined, 'rows of y have 6 numbers, its encoder takes [any, 4]'],
    [[null, null, 3], undefined, 'rows of y have 6 numbers, its encoder takes [any, any, 3]'],
    [
      [4, 1, 1],
      { channels: 1, height: 2, width: 3 },
      'rows of y have 6 numbers, images of 1 x 2 x 3, its encoder takes [4, 1, 1]',
    ],
    [
      [3, 2, 1],
      { channels: 1, height: 2, width: 3 },
      'rows of y have 6 numbers, images of 1 x 2 x 3, its encoder takes [3, 2, 1]',
    ],
    [
      [1, 2, 3],
      { channels: 2, height: 1, width: 3 },
      'rows of y have 6 numbers, images of 2 x 1 x 3, its encoder takes [1, 2, 3]',
    ],
    [
      [3, 2, 1],
      { channels: 3, height: 2, width: 1, order: 'pixels' },
      "rows of y hold a pixel's channels side by side, its encoder takes channels first, [3,2,1]",
    ],
  ])('are refused by %j, naming both', (shape, image, message) => {
    expect(() => inputRows('y', 6, takes(shape), image)).toThrow(new ShapeError(message));
  });

  it('go into a model as it takes them, in training and afterwards', async () => {
    const seen: (readonly number[])[] = [];
    const scale = tf.variable(tf.scalar(1));
    const encoder = {
      apply(rows: tf.Tensor): tf.Tensor2D {
        seen.push(rows.shape);
        return tf.mul(tf.slice(tf.reshape(rows, [-1, 12]), [0, 0], [-1, 2]), scale);
      },
      variables: [scale],
      outputDim: 2,
      inputShape: [2, 2, 3],
    };
    const pairs = gaussianPairs(16, 12, 1);
    const { model } = await fit(smallRun({ encoder, pairs, imageShape: '3x2x2', steps: 1, learningRate: 1e-12 }));
    const row = Float32Array.from({ length: 12 }, (_, i) => i);
    // The channels of the first pixel lie 4 apart.
    expect([...model.embedX({ data: row, rows: 1, cols: 12 }).data].map(Math.round)).toEqual([0, 4]);
    expect(seen.map(([, ...shape]) => shape)).toEqual(seen.map(() => [2, 2, 3]));
    model.dispose();
  });

  it('are refused with embeddings of several axes', async () => {
    const encoder = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [3, 2] })] });
    await expect(fit(smallRun({ encoder }))).rejects.toThrow(
      'the encoder of x gives [3, 4] a row, expected one number: end it in a flat layer',
    );
  });
});

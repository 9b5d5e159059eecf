import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { GroupSort, groupSort, maxMin } from '../../../ts/tfjs/exchange/group-sort.js';
import { OptionsError, ShapeError } from '../../../ts/wasm/errors.js';
import { tfjsBackends, useBackend } from '../../support/tfjs.js';

/** Small whole numbers, so that there are ties. */
const groups = (size: number) =>
  fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: size, maxLength: size }), {
    minLength: 1,
    maxLength: 9,
  });

describe.each(tfjsBackends)('GroupSort on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([2, 4])(
    'sorts groups of %i, the largest first, and sends a gradient back where its number came from',
    (size) => {
      const layer = new GroupSort({ size });
      fc.assert(
        fc.property(groups(size), (given) => {
          tf.tidy(() => {
            const x = tf.tensor2d(given.flat(), [1, given.length * size]);
            const weights = tf.reshape(tf.range(1, given.length * size + 1), x.shape);
            const sorted = [...(layer.apply(x) as tf.Tensor).dataSync()];
            expect(sorted).toEqual(given.flatMap((group) => [...group].sort((a, b) => b - a)));
            const gradient = [
              ...tf
                .grad((v) => tf.sum(tf.mul(layer.apply(v) as tf.Tensor, weights)))(x)
                .dataSync(),
            ];
            given.forEach((_, at) => {
              const own = gradient.slice(at * size, (at + 1) * size);
              // Each number's weight is that of a place which has it: a permutation, at ties too.
              const places = own.map((weight) => weight - 1);
              expect([...places].sort((a, b) => a - b)).toEqual(own.map((_, place) => at * size + place));
              expect(places.map((place) => sorted[place])).toEqual(given[at]);
            });
          });
        }),
        { numRuns: 40 },
      );
    },
  );

  it.each([2, 4])('has second derivatives, which gradient penalties take, in groups of %i', (size) => {
    const layer = new GroupSort({ size });
    tf.tidy(() => {
      const x = tf.tensor2d([0.5, -1, 2, 0.25, -3, 4, 1, 1.5], [1, 8]);
      const weights = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [1, 8]);
      const weighted = (v: tf.Tensor) => tf.sum(tf.mul(weights, layer.apply(v) as tf.Tensor));
      const ofSquares = (v: tf.Tensor) => tf.sum(tf.mul(weights, tf.square(layer.apply(v) as tf.Tensor)));
      // With w the weight of a number's place, its first derivative is 2 w v, and that of such squares' sum 8 w² v.
      const own = tf.grad(weighted)(x);
      const second = tf.grad((v) => tf.sum(tf.square(tf.grad(ofSquares)(v))))(x);
      expect([...second.dataSync()]).toEqual([...tf.mul(tf.mul(8, tf.square(own)), x).dataSync()]);
    });
  });

  it('sorts the channels of each pixel', () => {
    const x = tf.tensor4d([1, 2, 3, 4, 8, 7, 5, 6], [1, 2, 1, 4]);
    expect([...(maxMin().apply(x) as tf.Tensor).dataSync()]).toEqual([2, 1, 4, 3, 8, 7, 6, 5]);
    expect([...(groupSort().apply(x) as tf.Tensor).dataSync()]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
  });
});

it('GroupSort takes 2 or 4, and multiples of that', () => {
  expect(() => new GroupSort({ size: 3 })).toThrow(OptionsError);
  expect(() => groupSort({ inputShape: [6] } as never).apply(tf.input({ shape: [6] }))).toThrow(ShapeError);
});

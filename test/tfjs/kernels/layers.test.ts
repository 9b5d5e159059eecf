import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerKernels } from '../../../ts/entries/tfjs.js';
import { expectClose } from '../../support/close.js';
import { seededRandom } from '../../support/random.js';
import { useBackend } from '../../support/tfjs.js';
import { draw, innerProduct, layerAnswers, openLayer } from './layer-answers.js';
import { layerCases, linearCases, randomCases, underivableCases } from './layer-cases.js';

const seed = fc.integer({ min: 1, max: 1e6 });

/** What only another layer can be applied to, and what makes one of others. */
const PARTS = ['Layer', 'RNN', 'RNNCell', 'convLstm2dCell', 'gruCell', 'lstmCell', 'simpleRNNCell', 'stackedRNNCells'];
/** What begins a model, before anything is trained; and what has a random size. */
const FIRST = ['categoryEncoding', 'input', 'inputLayer', 'randomWidth'];

beforeAll(() => {
  registerKernels();
});

describe('layers on the wasm backend', () => {
  it.each(Object.entries(layerCases))(
    '%s gives what it gives on the cpu backend, and the same gradients',
    async (_, cases) => {
      await fc.assert(
        fc.asyncProperty(cases, seed, fc.boolean(), async (given, seed, training) => {
          await useBackend('cpu');
          const expected = layerAnswers(given, seed, training);
          await useBackend('wasm');
          const found = layerAnswers(given, seed, training);
          expect(Object.keys(found)).toEqual(Object.keys(expected));
          for (const [name, numbers] of Object.entries(expected)) {
            // Numbers are of order 1: what a few hundred of them sum to may be far smaller than its rounding.
            expectClose(found[name], numbers, { absolute: 3e-5, relative: 1e-5 }, name);
          }
        }),
        { numRuns: 20 },
      );
    },
  );

  it.each(Object.entries(linearCases))('%s is linear, and its gradient says so', async (_, cases) => {
    await useBackend('wasm');
    fc.assert(
      fc.property(cases, seed, (given, seed) => {
        tf.tidy(() => {
          const random = seededRandom(seed);
          const { inputs, apply } = openLayer(given, random, true);
          const product = innerProduct(apply, draw(apply(...inputs).shape, random));
          const [gradient] = tf.grads(product)(inputs);
          const other = draw(given.shapes[0], random);
          const along = tf.sum(tf.mul(gradient, other));
          const terms = tf.sum(tf.abs(tf.mul(gradient, other))).dataSync()[0];
          expectClose(along.dataSync(), product(other).dataSync(), { absolute: 1e-5 * (1 + terms) });
        });
      }),
      { numRuns: 40 },
    );
  });

  it('noise adds to, or multiplies, what passes; its gradient is that of this draw', async () => {
    await useBackend('wasm');
    for (const [name, cases] of Object.entries(randomCases)) {
      fc.assert(
        fc.property(cases, seed, (given, seed) => {
          tf.tidy(() => {
            const random = seededRandom(seed);
            const { inputs, apply } = openLayer(given, random, true);
            const along = draw(given.shapes[0], random);
            let output = along;
            const drawn = (...given: tf.Tensor[]) => {
              output = tf.keep(apply(...given));
              return output;
            };
            const [gradient] = tf.grads(innerProduct(drawn, along))(inputs);
            const [x] = inputs;
            const slopes = tf.div(gradient, along);
            // The output is slopes · x + shift.
            const shift = tf.sub(output, tf.mul(slopes, x)).dataSync();
            if (name === 'gaussianDropout')
              expectClose(
                shift,
                Array.from(shift, () => 0),
                { absolute: 1e-5 },
                name,
              );
            else if (name === 'gaussianNoise')
              expectClose(
                slopes.dataSync(),
                Array.from(shift, () => 1),
                {},
                name,
              );
            else expectTwoSlopes(slopes.dataSync<'float32'>());
            output.dispose();
          });
        }),
        { numRuns: 20 },
      );
    }
  });

  it.each(Object.entries(underivableCases))(
    '%s has no gradient by its input on any backend: tfjs has none',
    async (_, [op, cases]) => {
      for (const backend of ['cpu', 'wasm'] as const) {
        await useBackend(backend);
        for (const given of fc.sample(cases, 5)) {
          expect(() => layerAnswers(given, 1, true)).toThrow(`gradient function not found for ${op}`);
        }
      }
    },
  );

  it.each([
    ['conv1d', () => tf.layers.conv1d({ filters: 2, kernelSize: 2, dilationRate: 2 }), [1, 6, 2]],
    ['conv2d', () => tf.layers.conv2d({ filters: 2, kernelSize: 2, dilationRate: [2, 2] }), [1, 6, 6, 2]],
    ['conv3d', () => tf.layers.conv3d({ filters: 2, kernelSize: 2, dilationRate: [2, 2, 2] }), [1, 6, 6, 6, 2]],
    ['separableConv2d', () => tf.layers.separableConv2d({ filters: 2, kernelSize: 2, dilationRate: 2 }), [1, 6, 6, 2]],
  ] as const)('%s with dilations has no gradient on any backend: tfjs refuses it', async (_, create, shape) => {
    for (const backend of ['cpu', 'wasm'] as const) {
      await useBackend(backend);
      expect(() => layerAnswers({ settings: {}, shapes: [shape], create }, 1, true)).toThrow(
        /dilation rates? greater than 1/,
      );
    }
  });

  it('are all there are in tf.layers', () => {
    const creators = tf.layers as unknown as Readonly<Record<string, unknown>>;
    const known = [layerCases, linearCases, randomCases, underivableCases].flatMap((cases) => Object.keys(cases));
    const aliases = Object.keys(creators).filter((name) =>
      known.some((other) => other !== name && creators[other] === creators[name]),
    );
    const spelt = ['avgPool1d', 'avgPool2d', 'avgPool3d', 'avgPooling1d', 'avgPooling2d', 'avgPooling3d'];
    const others = Object.keys(creators).filter(
      (name) => ![...known, ...aliases, ...PARTS, ...FIRST, ...spelt].includes(name),
    );
    expect(others).toEqual([]);
  });
});

/** Alpha dropout multiplies what it keeps by one number; the rest is a constant. */
function expectTwoSlopes(slopes: Float32Array): void {
  const largest = Math.max(...slopes);
  const kept = Array.from(slopes, (slope) => (slope === 0 ? 0 : largest));
  expectClose(slopes, kept, { relative: 1e-5 }, 'alphaDropout');
}

import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradientPenalty, orthonormal, spectral, unconstrained, weightBall } from '../../../ts/lipschitz/lipschitz.js';
import { projectL1, projectLInfinity } from '../../../ts/lipschitz/projections.js';
import { patchOverlap } from '../../../ts/tfjs/lipschitz/kernel-geometry.js';
import { projectKernel, projectsAfter } from '../../../ts/tfjs/lipschitz/project-kernel.js';
import { DataError, OptionsError, ShapeError } from '../../../ts/wasm/errors.js';
import { largestSingularValue, operatorNorm } from './operator-norm.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const side = fc.integer({ min: 1, max: 3 });
const radius = fc.double({ min: 0.1, max: 3, noNaN: true });
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });

const dense = fc.record({ inputs: fc.integer({ min: 1, max: 12 }), units: fc.integer({ min: 1, max: 12 }), seed });

// TensorFlow.js refuses strides together with dilations.
const convolution = fc
  .record({
    size: fc.tuple(fc.integer({ min: 3, max: 5 }), fc.integer({ min: 3, max: 5 })),
    kernel: fc.tuple(side, side),
    channels: fc.tuple(side, fc.integer({ min: 1, max: 4 })),
    strides: fc.tuple(side, side),
    dilationRate: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    isDilated: fc.boolean(),
    isSame: fc.boolean(),
    seed,
  })
  .map(({ isDilated, strides, dilationRate, ...others }) =>
    isDilated ? { ...others, strides: [1, 1], dilationRate } : { ...others, strides, dilationRate: [1, 1] },
  )
  .filter(({ size, kernel, dilationRate, isSame }) => {
    const fits = kernel.every((side, axis) => (side - 1) * dilationRate[axis] < size[axis]);
    return isSame || fits;
  });

type Convolution = typeof convolution extends fc.Arbitrary<infer T> ? T : never;

function convolutionWith({ kernel, channels, strides, dilationRate, isSame }: Convolution, weights: tf.Tensor) {
  return tf.layers.conv2d({
    filters: channels[1],
    kernelSize: [...kernel],
    strides: [...strides] as [number, number],
    dilationRate: [...dilationRate] as [number, number],
    padding: isSame ? 'same' : 'valid',
    useBias: false,
    weights: [weights],
  });
}

function convolutionNorm(given: Convolution, weights: tf.Tensor): number {
  return operatorNorm(convolutionWith(given, weights), [...given.size, given.channels[0]]);
}

function kernelOf({ kernel, channels, seed }: Convolution): tf.Tensor {
  return tf.randomNormal([...kernel, ...channels], 0, 1, 'float32', seed);
}

function rowsOf(kernel: tf.Tensor): number[][] {
  return kernel.reshape([-1, kernel.shape.at(-1) ?? 1]).arraySync() as number[][];
}

describe('projectKernel', () => {
  it('L4: keeps the norm of a convolution, unrolled, at the radius; strictly to 1e-5', () => {
    fc.assert(
      fc.property(convolution, radius, (given, norm) => {
        tf.tidy(() => {
          const options = { strides: given.strides, dilationRate: given.dilationRate };
          const kernel = kernelOf(given);
          const strict = projectKernel(kernel, spectral({ norm }), { ...options, strict: true });
          expect(convolutionNorm(given, strict)).toBeLessThanOrEqual(norm * (1 + 1e-5));
          const quick = projectKernel(kernel, spectral({ norm }), options);
          expect(convolutionNorm(given, quick)).toBeLessThanOrEqual(norm * (1 + 1e-2));
          const orthonormalised = projectKernel(kernel, orthonormal(), { ...options, strict: true });
          expect(convolutionNorm(given, orthonormalised)).toBeLessThanOrEqual(1 + 1e-4);
          // Without its geometry a bound for every stride and dilation.
          const sound = projectKernel(kernel, spectral({ norm }), { strict: true });
          expect(convolutionNorm(given, sound)).toBeLessThanOrEqual(norm * (1 + 1e-5));
        });
      }),
      { numRuns: 40 },
    );
  });

  it('bounds the norm of a convolution whose kernel is in a ball by the radius times the overlap', () => {
    fc.assert(
      fc.property(convolution, radius, (given, radius) => {
        tf.tidy(() => {
          const kernel = projectKernel(kernelOf(given), weightBall('spectral-ball', { radius }));
          const overlap = patchOverlap(kernel.shape, { strides: given.strides, dilationRate: given.dilationRate });
          expect(convolutionNorm(given, kernel)).toBeLessThanOrEqual(radius * overlap * (1 + 3e-5));
        });
      }),
      { numRuns: 25 },
    );
  });

  it('is exact for convolutions whose patches are disjoint', () => {
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 4 }), seed, (kernel, input, filters, seed) => {
        tf.tidy(() => {
          const weights = tf.randomNormal([kernel, kernel, input, filters], 0, 3, 'float32', seed).add(1);
          const projected = projectKernel(weights, spectral(), { strides: kernel, strict: true });
          fc.pre(largestSingularValue(rowsOf(weights)) > 1);
          const layer = tf.layers.conv2d({
            filters,
            kernelSize: kernel,
            strides: kernel,
            useBias: false,
            weights: [projected],
          });
          expect(Math.abs(operatorNorm(layer, [2 * kernel, 2 * kernel, input]) - 1)).toBeLessThan(1e-4);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('makes dense kernels orthonormal in columns, or in rows where they are wide: the polar factor', () => {
    fc.assert(
      fc.property(dense, ({ inputs, units, seed }) => {
        tf.tidy(() => {
          // Far from lost rank, where the nearest orthonormal kernel hangs on rounding.
          const kernel = tf.randomNormal([inputs, units], 0, 0.05, 'float32', seed).add(tf.eye(inputs, units));
          const projected = projectKernel(kernel, orthonormal(), { strict: true });
          const [w, q] = [kernel, projected].map(
            (given) => (inputs < units ? given.transpose() : given) as tf.Tensor2D,
          );
          const gram = tf.matMul(q, q, true, false);
          expect(
            gram
              .sub(tf.eye(Math.min(inputs, units)))
              .abs()
              .max()
              .dataSync()[0],
          ).toBeLessThan(1e-4);
          // W = Q H with a symmetric H: of the orthonormal kernels near W only the polar factor has one.
          const h = tf.matMul(q, w, true, false);
          expect(h.sub(h.transpose()).abs().max().dataSync()[0]).toBeLessThan(1e-4);
        });
      }),
    );
  });

  it('takes [inputs, units] for the transpose of the native [out, in]', () => {
    fc.assert(
      fc.property(dense, radius, ({ inputs, units, seed }, radius) => {
        tf.tidy(() => {
          const kernel = tf.randomNormal<tf.Rank.R2>([inputs, units], 0, 1, 'float32', seed);
          const native = kernel.transpose().arraySync() as number[][];
          const pairs = [
            ['l1', projectL1],
            ['l-infinity', projectLInfinity],
          ] as const;
          for (const [name, projection] of pairs) {
            const found = projectKernel(kernel, weightBall(name, { radius })).transpose().dataSync();
            expect([...found]).toEqual([...projection(native, { radius }).data]);
          }
        });
      }),
    );
  });

  it('leaves kernels of other constraints as they are, in tensors of their own, and leaks none', () => {
    const kernel = tf.randomNormal([3, 4]);
    const before = tf.memory().numTensors;
    for (const lipschitz of [unconstrained(), gradientPenalty(), spectral({ norm: 100 })]) {
      const same = projectKernel(kernel, lipschitz);
      expect([...same.dataSync()]).toEqual([...kernel.dataSync()]);
      same.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(kernel.isDisposed).toBe(false);
    kernel.dispose();
  });

  it('refuses what it cannot project, and leaks nothing', () => {
    const [vector, bad, kernel] = [tf.ones([3]), tf.fill([2, 2], Number.NaN), tf.ones([2, 2, 1, 1])];
    const before = tf.memory().numTensors;
    expect(() => projectKernel(vector, spectral())).toThrow(ShapeError);
    expect(() => projectKernel(bad, spectral())).toThrow(DataError);
    expect(() => projectKernel(kernel, spectral(), { strides: 0 })).toThrow(OptionsError);
    expect(() => projectKernel(kernel, spectral(), { strides: [1, 1, 1] })).toThrow('each of the 2 axes');
    expect(() => projectKernel(kernel, weightBall('box', { radius: -1 }))).toThrow(OptionsError);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([vector, bad, kernel]);
  });

  it('is due as often as in the native engine', () => {
    const due = (lipschitz: Parameters<typeof projectsAfter>[0]) =>
      [1, 2, 3, 4, 5, 6].filter((step) => projectsAfter(lipschitz, step));
    expect(due(spectral())).toEqual([1, 2, 3, 4, 5, 6]);
    expect(due(orthonormal({ every: 3 }))).toEqual([3, 6]);
    expect(due(weightBall('box', { every: 2 }))).toEqual([2, 4, 6]);
    expect(due(gradientPenalty())).toEqual([]);
  });
});

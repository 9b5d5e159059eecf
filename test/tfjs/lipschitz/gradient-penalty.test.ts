import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import '@tensorflow/tfjs-backend-wasm';
import { gradientPenalty, spectral } from '../../../ts/lipschitz/lipschitz.js';
import { registerKernels } from '../../../ts/tfjs/kernels/register-kernels.js';
import { gradientPenaltyTerm, type PenalisedEncoder } from '../../../ts/tfjs/lipschitz/gradient-penalty.js';
import { drawPenaltyPoints, mixAt } from '../../../ts/tfjs/lipschitz/penalty-points.js';
import { DataError, GradientError, OptionsError, ShapeError } from '../../../ts/wasm/errors.js';
import { random, randomFromState } from '../../../ts/wasm/random.js';
import type { TrainerSpec } from '../../../ts/wasm/trainer-spec.js';
import { expectClose } from '../../support/close.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { nextPoints, twinGradient } from '../../wasm/trainer-twin.js';
import { modelOf, nativePenalty, variablesOf } from './native-penalty.js';

const penalty = {
  name: 'gradient-penalty',
  coefficient: 0.7,
  target: 0.4,
  sided: 'two',
  points: 5,
  over: 'inputs',
} as const;

// A large rate, so that what a step moves has the gradient's digits.
const small: TrainerSpec = {
  objective: 'cpc',
  critic: 'separable',
  temperature: 0.8,
  learnTemperature: true,
  // Wide enough for no row to be embedded at 0, where the reference has no cosine.
  xWidths: [5, 9, 3],
  yWidths: [6, 9, 3],
  activation: 'relu',
  bias: true,
  initialisation: 'he',
  lipschitz: penalty,
  optimiser: { name: 'sgd', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentum: 0, weightDecay: 0 },
  learningRate: 100,
  schedule: { name: 'constant', warmup: 0 },
  clipNorm: null,
  batch: 9,
  steps: 100,
  seed: 3,
};

const specs = [
  { ...small, lipschitz: penalty },
  { ...small, lipschitz: { ...penalty, sided: 'one', points: 40 } as const },
  { ...small, critic: 'bilinear', yWidths: [6, 9, 2], lipschitz: penalty },
  { ...small, critic: 'cosine', lipschitz: penalty },
  { ...small, critic: 'distance', lipschitz: penalty },
  { ...small, critic: 'squared-distance', yWidths: null, lipschitz: { ...penalty, target: 3 } },
  { ...small, critic: 'joint', criticHidden: [5, 3], lipschitz: penalty },
  { ...small, critic: 'cosine', lipschitz: { ...penalty, over: 'embeddings' } as const },
  { ...small, critic: 'bilinear', yWidths: [6, 9, 2], lipschitz: { ...penalty, over: 'embeddings' } as const },
  { ...small, critic: 'joint', criticHidden: [4], lipschitz: { ...penalty, over: 'embeddings' } as const },
];

const batchOf = ({ batch, xWidths, yWidths }: TrainerSpec) => {
  const draw = seededRandom(4);
  return { x: normalRows(draw, batch, xWidths[0]), y: normalRows(draw, batch, (yWidths ?? xWidths)[0]) };
};

const tensorOf = (rows: readonly (readonly number[])[]) => tf.tensor2d(rows.map((row) => [...row]));

describe.each(['cpu', 'wasm'])('gradientPenaltyTerm on the %s backend', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  it.each(specs)(
    'is the native penalty at the points that a step draws, and so is its gradient: $critic $lipschitz.over $lipschitz.sided',
    (spec) => {
      const batch = batchOf(spec);
      const native = nativePenalty(spec, batch);
      const variables = variablesOf(native.before);
      const [x, y] = [tensorOf(batch.x), tensorOf(batch.y)];
      using generator = randomFromState(native.counters.random);
      const points = drawPenaltyPoints(generator, spec.batch, spec.lipschitz.points);
      const before = tf.memory().numTensors;
      const { value, grads } = tf.variableGrads(
        () => gradientPenaltyTerm(modelOf(spec, variables), { x, y, points }, spec.lipschitz),
        [...variables.values()],
      );
      expect(tf.memory().numTensors - before).toBe(1 + Object.keys(grads).length);
      expectClose(value.dataSync()[0], native.penalty, { relative: 1e-5 }, 'penalty');
      const zeros = new Map([...native.gradient].map(([name, slopes]) => [name, slopes.map(() => 0)]));
      const found = (name: string) => grads[variables.get(name)?.name ?? '']?.dataSync() ?? zeros.get(name) ?? [];
      for (const [name, slopes] of native.gradient) {
        expectClose(found(name), slopes, { absolute: 2e-5, relative: 1e-4 }, name);
      }
      if (spec.critic !== 'joint') {
        const drawn = nextPoints(spec, native.counters, batch);
        const whole = twinGradient(spec, native.before, batch, drawn);
        const without = twinGradient({ ...spec, lipschitz: { name: 'none' } }, native.before, batch, []);
        for (const [name, slopes] of whole) {
          const differences = slopes.map((slope, k) => slope - (without.get(name)?.[k] ?? 0));
          expectClose(found(name), differences, { absolute: 1e-6, relative: 2e-5 }, `${name} by central differences`);
        }
      }
      tf.dispose([value, grads, x, y, [...variables.values()]] as tf.TensorContainer);
    },
  );

  it('L6 A: takes one norm an example, over all coordinates of x and y', () => {
    tf.tidy(() => {
      const [x, y] = [tf.randomNormal([2, 2]), tf.randomNormal([2, 1])];
      // f = 3 x1 + 4 x2 + 12 y, whose second factors are 1.
      const scored = (weights: number[]) => (rows: tf.Tensor) => {
        const sums = tf.matMul(rows as tf.Tensor2D, tf.tensor2d(weights, [weights.length, 1]));
        return weights.length === 2 ? tf.concat([sums, tf.onesLike(sums)], 1) : tf.concat([tf.onesLike(sums), sums], 1);
      };
      const points = [
        { joint: 0, x: 0, y: 1, weight: 0.3 },
        { joint: 1, x: 1, y: 0, weight: 0.9 },
      ];
      const value = (target: number, sided: 'one' | 'two') =>
        gradientPenaltyTerm(
          { x: scored([3, 4]), y: scored([12]), critic: 'separable' },
          { x, y, points },
          gradientPenalty({ coefficient: 1, target, sided }),
        ).dataSync()[0];
      const close = (found: number, expected: number) =>
        expectClose(found, expected, { absolute: 1e-5 * (1 + expected) });
      close(value(1, 'two'), 144);
      close(value(1, 'one'), 144);
      close(value(20, 'one'), 0);
      close(value(20, 'two'), 49);
    });
  });

  it('L6 B: weighs the joint pair, and has the exact gradient', () => {
    const [g, h] = [tf.variable(tf.tensor2d([1, 0, 0, 2], [2, 2])), tf.variable(tf.tensor2d([0, 1, 1, 0], [2, 2]))];
    const linear = (weight: tf.Tensor2D) => (rows: tf.Tensor) => tf.matMul(rows as tf.Tensor2D, weight, false, true);
    // The product pair is the x of one joint pair and the y of another.
    const [x, y] = [
      tensorOf([
        [1, 0],
        [1, 0],
        [7, 7],
      ]),
      tensorOf([
        [0, 1],
        [7, 7],
        [2, 2],
      ]),
    ];
    const points = [{ joint: 0, x: 1, y: 2, weight: 0.25 }];
    const { value, grads } = tf.variableGrads(
      () =>
        gradientPenaltyTerm(
          { x: linear(g), y: linear(h), critic: 'separable' },
          { x, y, points },
          gradientPenalty({ coefficient: 1, sided: 'two' }),
        ),
      [g, h],
    );
    expectClose(value.dataSync(), [6.8340838525995204], { relative: 1e-5 });
    expectClose(
      grads[g.name].dataSync(),
      [5.876927992435258, 7.5947992517624865, 3.7973996258812432, 6.509827930082131],
      { relative: 1e-5 },
    );
    expectClose(
      grads[h.name].dataSync(),
      [3.7973996258812432, 5.876927992435258, 13.019655860164262, 15.189598503524973],
      { relative: 1e-5 },
    );
    tf.dispose([value, grads, x, y, g, h] as tf.TensorContainer);
  });
});

describe('gradientPenaltyTerm of convolutions', () => {
  const points = [
    { joint: 0, x: 1, y: 2, weight: 0.3 },
    { joint: 1, x: 0, y: 1, weight: 0.6 },
  ];

  /** The penalty and its gradients by all weights, of layers that begin at the same numbers everywhere. */
  async function onBackend(backend: string): Promise<readonly Float32Array[]> {
    await tf.setBackend(backend);
    const draw = seededRandom(8);
    const numbers = (shape: readonly number[]) =>
      tf.tensor(
        normalRows(
          draw,
          1,
          shape.reduce((product, side) => product * side, 1),
        )[0].map((value) => value / 3),
        [...shape],
      );
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [7, 7, 2],
          filters: 3,
          kernelSize: 3,
          strides: 2,
          padding: 'same',
          activation: 'relu',
        }),
        tf.layers.conv2d({ filters: 4, kernelSize: 2, activation: 'tanh' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 5 }),
      ],
    });
    model.setWeights(model.weights.map(({ shape }) => numbers(shape.map(Number))));
    const [x, y] = [numbers([3, 7, 7, 2]), numbers([3, 7, 7, 2])];
    const { value, grads } = tf.variableGrads(() =>
      gradientPenaltyTerm(
        { x: model, y: model, critic: 'distance' },
        { x, y, points },
        gradientPenalty({ sided: 'two' }),
      ),
    );
    const names = model.trainableWeights.map(({ name }) => name);
    return [value, ...names.flatMap((name) => grads[name] ?? [])].map((found) => Float32Array.from(found.dataSync()));
  }

  it("is on the wasm backend with this library's kernels what it is on the cpu backend", async () => {
    const expected = await onBackend('cpu');
    registerKernels();
    const found = await onBackend('wasm');
    expect(found.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
    found.forEach((numbers, at) => {
      expectClose(numbers, expected[at], { absolute: 1e-6, relative: 2e-5 }, `gradient ${at}`);
    });
  });
});

describe('points of the penalty', () => {
  it('L6 C: have one weight an example, for all coordinates of x and of y', () => {
    using generator = random(11);
    const points = drawPenaltyPoints(generator, 4, 4);
    using same = random(11);
    expect(drawPenaltyPoints(same, 4, 4)).toEqual(points);
    expect(new Set(points.map(({ weight }) => weight)).size).toBe(4);
    expect(points.every(({ x, y, weight }) => x !== y && weight >= 0 && weight < 1)).toBe(true);
    tf.tidy(() => {
      const rows = tf.randomNormal([4, 2, 3, 1], 0, 1, 'float32', 5);
      const [values, mixed] = [rows.reshape([4, 6]).arraySync() as number[][], mixAt(points, 'y', rows)];
      expect(mixed.shape).toEqual([4, 2, 3, 1]);
      const expected = points.map(({ joint, y, weight }) =>
        values[joint].map((value, k) => weight * value + (1 - weight) * values[y][k]),
      );
      expectClose(mixed.dataSync(), expected.flat(), { absolute: 1e-6 });
    });
  });

  it('need a product of marginals and a number', () => {
    using generator = random(1);
    expect(() => drawPenaltyPoints(generator, 1, 4)).toThrow(DataError);
    expect(() => drawPenaltyPoints(generator, 4, 0)).toThrow(OptionsError);
  });
});

describe('F3 B: an op without a second derivative', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
  });

  const points = [{ joint: 0, x: 0, y: 1, weight: 0.5 }];

  /** What a penalty over two such models throws, which must leave no tensors. */
  async function refusal(layers: () => tf.layers.Layer[], shape: number[]): Promise<unknown> {
    const model = tf.sequential({ layers: layers() });
    const [x, y] = [tf.randomNormal([2, ...shape]), tf.randomNormal([2, ...shape])];
    const before = tf.memory().numTensors;
    let error: unknown = null;
    try {
      const found = tf.variableGrads(() =>
        gradientPenaltyTerm(
          { x: model, y: model, critic: 'separable' },
          { x, y, points },
          gradientPenalty({ target: 0 }),
        ),
      );
      tf.dispose([found.value, found.grads] as tf.TensorContainer);
    } catch (thrown) {
      error = thrown;
    }
    await Promise.resolve();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, y]);
    model.dispose();
    return error;
  }

  const dense = (name: string, activation: 'linear' | 'elu' | 'selu' | 'tanh' | 'relu' | 'softplus') =>
    tf.layers.dense({ name, units: 3, activation, inputShape: [4] });

  it.each([
    [
      'MaxPoolGrad',
      'pooled',
      () => [
        tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [5, 5, 1] }),
        tf.layers.maxPooling2d({ poolSize: 2, name: 'pooled' }),
        tf.layers.flatten(),
      ],
      [5, 5, 1],
    ],
    [
      'AvgPoolGrad',
      'pooled',
      () => [
        tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [5, 5, 1] }),
        tf.layers.averagePooling2d({ poolSize: 2, name: 'pooled' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2, activation: 'tanh' }),
      ],
      [5, 5, 1],
    ],
    ['EluGrad', 'bent', () => [dense('plain', 'linear'), dense('bent', 'elu')], [4]],
    ['Greater', 'leaky', () => [dense('plain', 'linear'), tf.layers.leakyReLU({ name: 'leaky' })], [4]],
  ] as const)(
    'is named, %s, with its layer and what to do instead, and leaves no tensors',
    async (op, layer, layers, shape) => {
      const error = await refusal(layers as () => tf.layers.Layer[], [...shape]);
      expect(error).toBeInstanceOf(GradientError);
      const { message } = error as Error;
      expect(message).toContain(`through ${op} (layer "${layer}")`);
      expect(message).toMatch(/lipschitz: 'spectral' of fit, --lipschitz spectral.*over: 'embeddings'/);
      expect(message).not.toContain('native');
    },
  );

  it.each(['linear', 'relu', 'tanh', 'softplus'] as const)(
    'is not there with %s, convolutions and normalisation',
    async (activation) => {
      const layers = () => [
        tf.layers.conv2d({ filters: 2, kernelSize: 2, strides: 2, inputShape: [5, 5, 1], activation }),
        tf.layers.batchNormalization(),
        tf.layers.flatten(),
        tf.layers.dropout({ rate: 0.5 }),
        tf.layers.dense({ units: 3, activation }),
      ];
      expect(await refusal(layers, [5, 5, 1])).toBeNull();
    },
  );

  it('costs nothing where only the value is asked for', () => {
    const model = tf.sequential({ layers: [dense('bent', 'elu')] });
    const [x, y] = [tf.randomNormal([2, 4]), tf.randomNormal([2, 4])];
    const before = tf.memory().numTensors;
    const value = gradientPenaltyTerm({ x: model, y: model, critic: 'cosine' }, { x, y, points }, gradientPenalty());
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    value.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('is told from other refusals, which leave no tensors either', async () => {
    const identity: PenalisedEncoder = (rows) => rows;
    const [x, y, scale] = [tf.ones([2, 3]), tf.ones([3, 3]), tf.variable(tf.scalar(2))];
    const before = tf.memory().numTensors;
    const model = { x: identity, y: identity, critic: 'separable' } as const;
    expect(() => gradientPenaltyTerm(model, { x, y, points }, gradientPenalty())).toThrow(ShapeError);
    expect(() => gradientPenaltyTerm(model, { x, y: x, points: [] }, gradientPenalty())).toThrow(OptionsError);
    expect(() => gradientPenaltyTerm(model, { x, y: x, points }, spectral())).toThrow('got spectral');
    const failing: PenalisedEncoder = (rows) => {
      rows.mul(scale).square();
      throw new Error('of one kind');
    };
    expect(() =>
      tf.variableGrads(() => gradientPenaltyTerm({ ...model, x: failing }, { x, y: x, points }, gradientPenalty())),
    ).toThrow('of one kind');
    await Promise.resolve();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, y, scale]);
  });
});

// What every runtime computes. It knows no test framework, so that pages and workers run it too.
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { seededRandom } from '../../support/random.js';
import { useBackend } from '../../support/tfjs.js';
import { layerAnswers } from '../kernels/layer-answers.js';
import { layerCases } from '../kernels/layer-cases.js';

/** What is run: `kantorovich/tfjs`, with the core loaded. */
export type Library = Pick<typeof import('../../../dist/entries/tfjs.js'), 'contrastiveLoss' | 'registerKernels'>;

/** What it finds out. */
export interface SuiteAnswers {
  /** How many tensors of layers were compared with the cpu backend's, and what was wrong with which. */
  readonly compared: number;
  readonly wrong: readonly string[];
  /** Of a short training on the wasm backend. */
  readonly losses: readonly number[];
  /** The gradient of a loss. */
  readonly gradient: readonly number[];
  /** Tensors after the 10th and the last of many steps. */
  readonly tensors: readonly [number, number];
  /** What a loss of NaN and one of unequal shapes are refused by. */
  readonly refusals: readonly string[];
}

/** Runs all of it, on the bits that are the same everywhere. */
export async function runSuite({ contrastiveLoss, registerKernels }: Library): Promise<SuiteAnswers> {
  registerKernels({ deterministic: true });
  const layers = await compareLayers();
  await useBackend('wasm');
  const loss = contrastiveLoss({ objective: 'wpc', critic: 'bilinear', dims: [6, 6], deterministic: true });
  const trained = train(loss);
  const gradient = tf.tidy(() => {
    const [x, y] = [normals([9, 6], 1), normals([9, 6], 2)] as [tf.Tensor2D, tf.Tensor2D];
    return [
      ...tf
        .grad((x) => loss(x as tf.Tensor2D, y))(x)
        .dataSync(),
    ];
  });
  const refusals = [refusal(() => loss(tf.fill([3, 6], Number.NaN), tf.ones([3, 6])))];
  refusals.push(refusal(() => loss(tf.ones([3, 6]), tf.ones([2, 6]))));
  loss.dispose();
  return { ...layers, ...trained, gradient, refusals };
}

/** Every layer with a few settings, drawn from one seed: the wasm backend against the cpu backend. */
async function compareLayers() {
  const wrong: string[] = [];
  let compared = 0;
  for (const [name, cases] of Object.entries(layerCases)) {
    for (const given of fc.sample(cases, { seed: 13, numRuns: 4 })) {
      await useBackend('cpu');
      const expected = layerAnswers(given, 13, true);
      await useBackend('wasm');
      const found = layerAnswers(given, 13, true);
      for (const [what, numbers] of Object.entries(expected)) {
        compared += 1;
        if (!isClose(found[what], numbers)) wrong.push(`${name} ${JSON.stringify(given.settings)}: ${what}`);
      }
    }
  }
  return { compared, wrong };
}

function isClose(found: Float32Array | undefined, expected: Float32Array): boolean {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (
    found?.length === expected.length &&
    found.every((value, at) => Math.abs(value - expected[at]) <= 3e-5 + 1e-5 * largest)
  );
}

/** 200 steps of two convolutional encoders on pairs of an image and itself with noise. */
function train(loss: ReturnType<Library['contrastiveLoss']>) {
  const [a, b] = [normals([16, 8, 8, 1], 3), normals([16, 8, 8, 1], 4)];
  const noisy = tf.tidy(() => tf.add(a, tf.mul(b, 0.3)));
  const encoders = [10, 20].map((first) =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [8, 8, 1],
          filters: 4,
          kernelSize: 3,
          activation: 'relu',
          kernelInitializer: drawn(first),
        }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 6, useBias: false, kernelInitializer: drawn(first + 1) }),
      ],
    }),
  );
  const optimizer = tf.train.momentum(0.02, 0.9);
  const counts: number[] = [];
  const losses = Array.from({ length: 200 }, () => {
    const cost = optimizer.minimize(
      () => loss(encoders[0].apply(a) as tf.Tensor2D, encoders[1].apply(noisy) as tf.Tensor2D),
      true,
    );
    const value = cost?.dataSync()[0] ?? Number.NaN;
    cost?.dispose();
    counts.push(tf.memory().numTensors);
    return value;
  });
  for (const held of [a, b, noisy, ...encoders, optimizer]) held.dispose();
  return { losses, tensors: [counts[9], counts[199]] as const };
}

function drawn(seed: number) {
  return tf.initializers.randomUniform({ minval: -0.3, maxval: 0.3, seed });
}

function normals(shape: number[], seed: number): tf.Tensor {
  const random = seededRandom(seed);
  return tf.tensor(Float32Array.from({ length: shape.reduce((n, size) => n * size) }, random.normal), shape);
}

function refusal(work: () => tf.Scalar): string {
  try {
    tf.tidy(work);
    return 'none';
  } catch (error) {
    return String(error);
  }
}

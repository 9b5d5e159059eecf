import * as tf from '@tensorflow/tfjs';
import type { Session, Trial } from '../engine.js';
import { answerSteps, type LossProblem, type ProductProblem, type StepProblem } from '../problem.js';
import { prepareBy, withoutPenalty } from '../trials.js';
import { type Cost, networkTrial, tensor } from './tfjs/network.js';

/** TensorFlow.js on one of its backends, whose package the caller has imported. */
export async function openTfjs(backend: 'cpu' | 'wasm'): Promise<Session> {
  await tf.setBackend(backend);
  await tf.ready();
  // Its wasm backend lacks kernels for second derivatives.
  const prepare = prepareBy({
    loss: lossTrial,
    step: withoutPenalty(stepTrial),
    product: productTrial,
    network: (problem) => networkTrial(problem, minusInfoNCE(problem.n)),
  });
  return { version: tf.version_core, prepare };
}

function lossTrial(problem: LossProblem): Trial {
  const { critic, n, m, d, temperature } = problem;
  const [x, y] = [tf.tensor2d(problem.x, [n, d]), tf.tensor2d(problem.y, [m, d])];
  const weights = problem.weights && tf.tensor2d(problem.weights, [d, d]);
  const objective = objectives[problem.objective](n, m);
  const loss = (x: tf.Tensor, y: tf.Tensor, weights?: tf.Tensor) =>
    objective(tf.div(critics[critic](x, y, weights), temperature));
  const queriesOnly = problem.gradients === 'queries';
  const inputs = queriesOnly ? [x] : weights ? [x, y, weights] : [x, y];
  const gradients = tf.valueAndGrads(queriesOnly ? (x) => loss(x, y, weights) : loss);
  const names = ['dX', 'dY', 'dWeights'];
  return {
    answer: async () =>
      tf.tidy(() => {
        const { value, grads } = gradients(inputs);
        const named = grads.map((gradient, index) => [names[index], gradient.dataSync<'float32'>()]);
        return { value: value.dataSync<'float32'>(), ...Object.fromEntries(named) };
      }),
    // Both backends compute at once, so the gradients are there although only the value is fetched.
    run: () => {
      tf.tidy(() => gradients(inputs).value.dataSync());
    },
    dispose: () => tf.dispose([...inputs, y]),
  };
}

type Critic = (x: tf.Tensor, y: tf.Tensor, weights?: tf.Tensor) => tf.Tensor;

const critics: Readonly<Record<LossProblem['critic'], Critic>> = {
  separable: scores,
  bilinear: (x, y, weights) => {
    if (!weights) throw new Error('the bilinear critic has weights');
    return scores(tf.matMul(x, weights), y);
  },
  cosine: (x, y) => scores(unitRows(x), unitRows(y)),
  distance: (x, y) => {
    const differences = tf.sub(tf.expandDims(x, 1), tf.expandDims(y, 0));
    return tf.neg(tf.sqrt(tf.sum(tf.square(differences), 2)));
  },
};

function unitRows(x: tf.Tensor): tf.Tensor {
  return tf.div(x, tf.norm(x, 'euclidean', 1, true));
}

function scores(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return tf.matMul(x, y, false, true);
}

type Objective = (scores: tf.Tensor) => tf.Scalar;

const objectives: Readonly<Record<LossProblem['objective'], (n: number, m: number) => Objective>> = {
  cpc: infoNCE,
  'cpc-symmetric': (n) => {
    const oneWay = infoNCE(n, n);
    return (s) => tf.div(tf.add(oneWay(s), oneWay(tf.transpose(s))), 2);
  },
  wdm: (n, m) => {
    const paired = tf.eye(n, m);
    return (s) => {
      const positive = tf.sum(tf.mul(s, paired));
      const off = tf.div(tf.sub(tf.sum(s), positive), n * (m - 1));
      return tf.sub(tf.div(positive, n), off);
    };
  },
};

/** By softmaxCrossEntropy, the library's own fused form of it and the fastest of those tried. */
function infoNCE(n: number, m: number): Objective {
  const labels = tf.eye(n, m);
  return (s) => tf.sub(Math.log(m), tf.losses.softmaxCrossEntropy(labels, s));
}

function minusInfoNCE(n: number): Cost {
  const objective = infoNCE(n, n);
  return (g, h) => tf.neg(objective(scores(g, h)));
}

function stepTrial({ widths, n, learningRate, ...arrays }: StepProblem): Trial {
  const x = tf.tensor2d(arrays.x, [n, widths[0]]);
  const y = tf.tensor2d(arrays.y, [n, widths[0]]);
  const encoders = { x: encoder(widths, arrays.xWeights), y: encoder(widths, arrays.yWeights) };
  const optimiser = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  const cost = minusInfoNCE(n);
  const loss = () => cost(tensor(encoders.x.apply(x)), tensor(encoders.y.apply(y)));
  const step = (): number =>
    tf.tidy(() => {
      const cost = optimiser.minimize(loss, true);
      if (!cost) throw new Error('minimize returned no cost');
      return cost.dataSync()[0];
    });
  return {
    answer: async () => {
      const gradient = firstGradient(loss, encoders.x);
      return { losses: Float32Array.from({ length: answerSteps }, step), gradient };
    },
    run: () => {
      step();
    },
    dispose: () => {
      encoders.x.dispose();
      encoders.y.dispose();
      optimiser.dispose();
      tf.dispose([x, y]);
    },
  };
}

function encoder(widths: readonly number[], weights: readonly Float32Array[]): tf.Sequential {
  const last = weights.length - 1;
  const layers = weights.map((matrix, index) => {
    const [inputs, units] = widths.slice(index, index + 2);
    const kernel = tf.transpose(tf.tensor2d(matrix, [units, inputs]));
    return tf.layers.dense({
      units,
      activation: index < last ? 'relu' : 'linear',
      inputShape: [inputs],
      weights: [kernel, tf.zeros([units])],
    });
  });
  return tf.sequential({ layers });
}

/** Of the first layer's kernel, turned from this library's [in, out] into [out, in]. */
function firstGradient(loss: () => tf.Scalar, model: tf.Sequential): Float32Array {
  const kernel = model.layers[0].trainableWeights[0];
  return tf.tidy(() => {
    const { grads } = tf.variableGrads(loss);
    return tf.transpose(grads[kernel.name]).dataSync<'float32'>();
  });
}

function productTrial({ rows, cols, depth, ...arrays }: ProductProblem): Trial {
  const a = tf.tensor2d(arrays.a, [rows, depth]);
  const b = tf.tensor2d(arrays.b, [cols, depth]);
  return {
    answer: async () => tf.tidy(() => ({ product: scores(a, b).dataSync<'float32'>() })),
    run: () => {
      tf.tidy(() => {
        scores(a, b);
      });
    },
    dispose: () => tf.dispose([a, b]),
  };
}

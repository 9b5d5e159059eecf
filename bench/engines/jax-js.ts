import { createRequire } from 'node:module';
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import type { Engine, Trial } from '../engine.js';
import { answerSteps, type LossProblem, type ProductProblem, type StepProblem } from '../problem.js';
import { prepareBy, withoutPenalty } from '../trials.js';

/**
 * jax-js on its WebAssembly backend, everything under `jit`; one thread (Node has no global Worker, which it needs
 * for more). As in all its code, a function consumes its arguments and `.ref` keeps one for another use.
 */
export const engine: Engine = {
  name: 'jax-js',
  open: async () => {
    await init('wasm');
    defaultDevice('wasm');
    const prepare = prepareBy({ loss: lossTrial, step: withoutPenalty(stepTrial), product: productTrial });
    return { version: packageVersion(), prepare };
  },
};

/** The manifest isn't among the package's exports: it is the first package.json above its entry. */
function packageVersion(): string {
  const require = createRequire(import.meta.url);
  const { version } = require(`${require.resolve('@jax-js/jax').replace(/dist\/.*$/, '')}package.json`);
  return String(version);
}

function array(data: Float32Array, rows: number, cols: number): np.Array {
  return np.array(data.slice()).reshape([rows, cols]);
}

type Inputs = { x: np.Array; y: np.Array; weights?: np.Array };
type Gradients = { x: np.Array; y?: np.Array; weights?: np.Array };

function lossTrial(problem: LossProblem): Trial | null {
  const { n, m, d, weights, gradients, critic } = problem;
  if (gradients === 'queries' && critic !== 'separable') return null;
  const inputs: Inputs = { x: array(problem.x, n, d), y: array(problem.y, m, d) };
  if (weights) inputs.weights = array(weights, d, d);
  const evaluate =
    gradients === 'queries' ? byQueries(problem) : critic === 'distance' ? byParts(problem) : byAll(problem);
  const run = async () => blockUntilReady(evaluate.run(tree.ref(inputs)));
  return {
    answer: async () => {
      const [value, { x, y, weights }] = await run();
      return {
        value: await floats(value),
        dX: await floats(x),
        ...(y && { dY: await floats(y) }),
        ...(weights && { dWeights: await floats(weights) }),
      };
    },
    run: async () => {
      tree.dispose(await run());
    },
    dispose: () => {
      tree.dispose(inputs);
      evaluate.dispose();
    },
  };
}

interface Evaluation {
  run(inputs: Inputs): [np.Array, Gradients];
  dispose(): void;
}

function byAll({ objective, critic, temperature, n, m }: LossProblem): Evaluation {
  const loss = (given: Inputs) => objectives[objective](critics[critic](given).mul(1 / temperature), n, m);
  const run = jit(valueAndGrad(loss));
  return { run, dispose: run.dispose };
}

/** Critic and objective jitted apart: for distances twice as fast as both together. */
function byParts({ objective, critic, temperature, n, m }: LossProblem): Evaluation {
  const forward = jit((given: Inputs) => critics[critic](given).mul(1 / temperature));
  const evaluate = jit((s: np.Array) => objectives[objective](s, n, m));
  return { run: valueAndGrad((given: Inputs) => evaluate(forward(given))), dispose: disposer(forward, evaluate) };
}

/**
 * In three parts, three times as fast as in one: 0.1.25 puts the gradient of the scores into the product that follows,
 * and so computes each of its numbers anew for each number of dX.
 */
function byQueries({ objective, temperature, n, m }: LossProblem): Evaluation {
  const forward = jit((x: np.Array, y: np.Array) => scores(x, y).mul(1 / temperature));
  const evaluate = jit(valueAndGrad((s: np.Array) => objectives[objective](s, n, m)));
  const backward = jit((dScores: np.Array, y: np.Array) => np.matmul(dScores.mul(1 / temperature), y));
  return {
    run: ({ x, y }) => {
      const [value, dScores] = evaluate(forward(x, y.ref));
      return [value, { x: backward(dScores, y) }];
    },
    dispose: disposer(forward, evaluate, backward),
  };
}

function disposer(...parts: readonly { dispose(): void }[]): () => void {
  return () => {
    for (const part of parts) part.dispose();
  };
}

async function floats(value: np.Array): Promise<Float32Array> {
  const data = await value.data();
  if (data instanceof Float32Array) return data;
  throw new Error(`expected float32 from jax-js, got ${data.constructor.name}`);
}

const critics: Readonly<Record<LossProblem['critic'], (inputs: Inputs) => np.Array>> = {
  separable: ({ x, y }) => scores(x, y),
  bilinear: ({ x, y, weights }) => {
    if (!weights) throw new Error('the bilinear critic has weights');
    return scores(np.matmul(x, weights), y);
  },
  cosine: ({ x, y }) => scores(unitRows(x), unitRows(y)),
  distance: ({ x, y }) => {
    const [[n, d], [m]] = [x.shape, y.shape];
    const differences = x.reshape([n, 1, d]).sub(y.reshape([1, m, d]));
    return np.sqrt(np.sum(np.square(differences), 2)).mul(-1);
  },
};

function scores(x: np.Array, y: np.Array): np.Array {
  return np.matmul(x, y.transpose());
}

function unitRows(x: np.Array): np.Array {
  const norms = np.sqrt(np.sum(np.square(x.ref), 1, { keepdims: true }));
  return x.div(norms);
}

type Objective = (scores: np.Array, n: number, m: number) => np.Array;

const objectives: Readonly<Record<LossProblem['objective'], Objective>> = {
  cpc: infoNCE,
  'cpc-symmetric': (s, n) =>
    infoNCE(s.ref, n, n)
      .add(infoNCE(s.transpose(), n, n))
      .mul(0.5),
  wdm: (s, n, m) => {
    const positive = np.sum(s.ref.mul(np.eye(n, m)));
    const off = np.sum(s).sub(positive.ref);
    return positive.mul(1 / n).sub(off.mul(1 / (n * (m - 1))));
  },
};

/** The fastest of five ways tried. Under jit, 0.1.25 gives wrong gradients for `trace` and `diagonal`: hence `eye`. */
function infoNCE(s: np.Array, n: number, m: number): np.Array {
  const paired = np.sum(s.ref.mul(np.eye(n, m)));
  const total = np.sum(nn.logsumexp(s, 1));
  return paired
    .sub(total)
    .mul(1 / n)
    .add(Math.log(m));
}

type Layer = { weights: np.Array; bias: np.Array };
type Parameters = { x: Layer[]; y: Layer[] };
type State = { parameters: Parameters; means: Parameters; squares: Parameters; step: np.Array };

function stepTrial(problem: StepProblem): Trial {
  const { widths, n, learningRate } = problem;
  const x = array(problem.x, n, widths[0]);
  const y = array(problem.y, n, widths[0]);
  const loss = (parameters: Parameters, x: np.Array, y: np.Array) =>
    infoNCE(scores(encode(parameters.x, x), encode(parameters.y, y)), n, n).mul(-1);
  const gradients = jit(valueAndGrad(loss));
  const update = jit((state: State, x: np.Array, y: np.Array) => {
    const [cost, gradient] = valueAndGrad(loss)(tree.ref(state.parameters), x, y);
    return { cost, state: adam(state, gradient, learningRate) };
  });
  let state = initialState(problem);
  const step = async (): Promise<np.Array> => {
    const next = await blockUntilReady(update(state, x.ref, y.ref));
    state = next.state;
    return next.cost;
  };
  return {
    answer: async () => {
      const [cost, gradient] = gradients(tree.ref(state.parameters), x.ref, y.ref);
      cost.dispose();
      const firstLayer = await floats(gradient.x[0].weights.ref.transpose());
      tree.dispose(gradient);
      const losses = new Float32Array(answerSteps);
      for (let k = 0; k < answerSteps; k += 1) losses[k] = (await floats(await step()))[0];
      return { losses, gradient: firstLayer };
    },
    run: async () => {
      (await step()).dispose();
    },
    dispose: () => {
      tree.dispose([state, x, y]);
      gradients.dispose();
      update.dispose();
    },
  };
}

function encode(layers: Layer[], input: np.Array): np.Array {
  return layers.reduce((below, { weights, bias }, index) => {
    const sums = np.matmul(below, weights).add(bias);
    return index < layers.length - 1 ? nn.relu(sums) : sums;
  }, input);
}

function initialState({ widths, xWeights, yWeights }: StepProblem): State {
  const parameters = { x: initialLayers(widths, xWeights), y: initialLayers(widths, yWeights) };
  const zeros = () => tree.map((value: np.Array) => np.zeros(value.shape), parameters);
  return { parameters, means: zeros(), squares: zeros(), step: np.array(0) };
}

/** Weights [in, out], this library's habit, from a problem's [out, in]. */
function initialLayers(widths: readonly number[], weights: readonly Float32Array[]): Layer[] {
  return weights.map((matrix, index) => ({
    weights: array(matrix, widths[index + 1], widths[index]).transpose(),
    bias: np.zeros([widths[index + 1]]),
  }));
}

/** Adam as optax writes it (scaleByAdam): there is no optax for jax-js on npm at this version. */
function adam(state: State, gradients: Parameters, learningRate: number): State {
  const step = state.step.add(1);
  const means = tree.map(
    (mean: np.Array, gradient: np.Array) => mean.mul(0.9).add(gradient.mul(0.1)),
    state.means,
    tree.ref(gradients),
  );
  const squares = tree.map(
    (square: np.Array, gradient: np.Array) => square.mul(0.999).add(np.square(gradient).mul(0.001)),
    state.squares,
    gradients,
  );
  const meanScale = correction(0.9, step.ref);
  const squareScale = correction(0.999, step.ref);
  const parameters = tree.map(
    (parameter: np.Array, mean: np.Array, square: np.Array) =>
      parameter.sub(
        mean
          .mul(meanScale.ref)
          .mul(learningRate)
          .div(np.sqrt(square.mul(squareScale.ref)).add(1e-8)),
      ),
    state.parameters,
    tree.ref(means),
    tree.ref(squares),
  );
  tree.dispose([meanScale, squareScale]);
  return { parameters, means, squares, step };
}

/** 1 / (1 - decayᵗ) */
function correction(decay: number, step: np.Array): np.Array {
  return np.reciprocal(
    np
      .exp(step.mul(Math.log(decay)))
      .mul(-1)
      .add(1),
  );
}

function productTrial({ rows, cols, depth, ...arrays }: ProductProblem): Trial {
  const [a, b] = [array(arrays.a, rows, depth), array(arrays.b, cols, depth)];
  const product = jit(scores);
  const run = async () => blockUntilReady(product(a.ref, b.ref));
  return {
    answer: async () => ({ product: await floats(await run()) }),
    run: async () => {
      (await run()).dispose();
    },
    dispose: () => {
      tree.dispose([a, b]);
      product.dispose();
    },
  };
}

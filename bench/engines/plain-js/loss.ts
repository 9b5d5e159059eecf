import type { Trial } from '../../engine.js';
import type { LossProblem } from '../../problem.js';
import { differences, distances } from './distances.js';
import { infoNCE, infoNCESymmetric, type Objective, wdm } from './objectives.js';
import { product, productTransposed, transposedProduct } from './products.js';

/** The problem's loss as loops over typed arrays; all buffers are allocated here, none in a run. */
export function lossTrial(problem: LossProblem): Trial {
  const evaluate = evaluators[problem.critic](problem);
  return {
    answer: async () => {
      const { value, ...gradients } = evaluate();
      return { value: Float32Array.of(value), ...gradients };
    },
    run: () => {
      evaluate();
    },
    dispose: () => {},
  };
}

type Evaluate = () => {
  readonly value: number;
  readonly dX: Float32Array;
  /** Absent where only the queries' gradient is asked for. */
  readonly dY?: Float32Array;
  readonly dWeights?: Float32Array;
};

const evaluators: Readonly<Record<LossProblem['critic'], (problem: LossProblem) => Evaluate>> = {
  separable,
  bilinear,
  cosine,
  distance,
};

const objectives: Readonly<Record<LossProblem['objective'], Objective>> = {
  cpc: infoNCE,
  'cpc-symmetric': infoNCESymmetric,
  wdm,
};

/** Scores x_i · y_j / temperature. */
function separable({ objective, gradients, n, m, d, temperature, x, y }: LossProblem): Evaluate {
  const scores = new Float32Array(n * m);
  const dScores = new Float32Array(n * m);
  const dX = new Float32Array(n * d);
  const dY = new Float32Array(m * d);
  return () => {
    productTransposed(x, y, scores, n, m, d);
    scale(scores, 1 / temperature);
    const value = objectives[objective](scores, dScores, n, m);
    scale(dScores, 1 / temperature);
    product(dScores, y, dX, n, d, m);
    if (gradients === 'queries') return { value, dX };
    transposedProduct(dScores, x, dY, m, d, n);
    return { value, dX, dY };
  };
}

/** Scores -|x_i - y_j| / temperature. */
function distance({ objective, n, m, d, temperature, x, y }: LossProblem): Evaluate {
  const lengths = new Float32Array(n * m);
  const scores = new Float32Array(n * m);
  const dScores = new Float32Array(n * m);
  const dX = new Float32Array(n * d);
  const dY = new Float32Array(m * d);
  return () => {
    distances(x, y, lengths, n, m, d);
    for (let k = 0; k < n * m; k += 1) scores[k] = -lengths[k] / temperature;
    const value = objectives[objective](scores, dScores, n, m);
    for (let k = 0; k < n * m; k += 1) dScores[k] /= -temperature * lengths[k];
    differences(dScores, x, y, dX, dY, n, m, d);
    return { value, dX, dY };
  };
}

/** Scores x_iᵀ W y_j: the separable critic on X W. */
function bilinear(problem: LossProblem): Evaluate {
  const { n, d, x, weights = new Float32Array(d * d) } = problem;
  const projected = new Float32Array(n * d);
  const dX = new Float32Array(n * d);
  const dWeights = new Float32Array(d * d);
  const inner = separable({ ...problem, x: projected });
  return () => {
    product(x, weights, projected, n, d, d);
    const { value, dX: dProjected, dY } = inner();
    productTransposed(dProjected, weights, dX, n, d, d);
    if (!dY) return { value, dX };
    transposedProduct(x, dProjected, dWeights, d, d, n);
    return { value, dX, dY, dWeights };
  };
}

/** Scores of unit vectors: the separable critic on rows divided by their norms. */
function cosine(problem: LossProblem): Evaluate {
  const { n, m, d } = problem;
  const x = normalisation(problem.x, n, d);
  const y = normalisation(problem.y, m, d);
  const inner = separable({ ...problem, x: x.units, y: y.units });
  return () => {
    x.forward();
    y.forward();
    const { value, dX, dY } = inner();
    x.backward(dX);
    if (!dY) return { value, dX };
    y.backward(dY);
    return { value, dX, dY };
  };
}

/** Rows u = v / |v|, and in place the gradient with respect to v from that to u: (g - (g · u) u) / |v|. */
function normalisation(vectors: Float32Array, rows: number, d: number) {
  const units = new Float32Array(rows * d);
  const inverses = new Float32Array(rows);
  const forward = (): void => {
    for (let i = 0; i < rows; i += 1) {
      let squares = 0;
      for (let k = i * d; k < (i + 1) * d; k += 1) squares += vectors[k] * vectors[k];
      inverses[i] = 1 / Math.sqrt(squares);
      for (let k = i * d; k < (i + 1) * d; k += 1) units[k] = vectors[k] * inverses[i];
    }
  };
  const backward = (gradient: Float32Array): void => {
    for (let i = 0; i < rows; i += 1) {
      let along = 0;
      for (let k = i * d; k < (i + 1) * d; k += 1) along += gradient[k] * units[k];
      for (let k = i * d; k < (i + 1) * d; k += 1) gradient[k] = (gradient[k] - along * units[k]) * inverses[i];
    }
  };
  return { units, forward, backward };
}

function scale(values: Float32Array, factor: number): void {
  if (factor === 1) return;
  for (let k = 0; k < values.length; k += 1) values[k] *= factor;
}

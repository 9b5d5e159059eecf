import type { Trial } from '../../engine.js';
import { answerSteps, type StepProblem } from '../../problem.js';
import { adam } from './adam.js';
import { encoder } from './encoder.js';
import { infoNCE } from './objectives.js';
import { product, productTransposed, transposedProduct } from './products.js';

/** The problem's training step as loops over typed arrays; all buffers are allocated here, none in a run. */
export function stepTrial({ widths, n, learningRate, x, y, xWeights, yWeights }: StepProblem): Trial {
  const xEncoder = encoder(widths, n, xWeights);
  const yEncoder = encoder(widths, n, yWeights);
  const update = adam([...xEncoder.parameters, ...yEncoder.parameters], learningRate);
  const gradients = [...xEncoder.gradients, ...yEncoder.gradients];
  const loss = embeddingLoss(n, widths[widths.length - 1]);
  const step = (): number => {
    const { value, dG, dH } = loss(xEncoder.forward(x), yEncoder.forward(y));
    xEncoder.backward(dG);
    yEncoder.backward(dH);
    update(gradients);
    return value;
  };
  return {
    answer: async () => {
      const first = step();
      const gradient = xEncoder.gradients[0].slice();
      const rest = Array.from({ length: answerSteps - 1 }, step);
      return { losses: Float32Array.of(first, ...rest), gradient };
    },
    run: () => {
      step();
    },
    dispose: () => {},
  };
}

/** InfoNCE of the separable critic as a loss to minimise, with its gradients, on embeddings [n, d]. */
function embeddingLoss(n: number, d: number) {
  const scores = new Float32Array(n * n);
  const dScores = new Float32Array(n * n);
  const dG = new Float32Array(n * d);
  const dH = new Float32Array(n * d);
  return (g: Float32Array, h: Float32Array) => {
    productTransposed(g, h, scores, n, n, d);
    const value = -infoNCE(scores, dScores, n, n);
    for (let k = 0; k < dScores.length; k += 1) dScores[k] = -dScores[k];
    product(dScores, h, dG, n, d, n);
    transposedProduct(dScores, g, dH, n, d, n);
    return { value, dG, dH };
  };
}

import type { Parameters } from '../heads/head.js';

/** Adam (Kingma and Ba 2015, algorithm 1) that climbs; a step allocates nothing. */
export interface Adam {
  /** Moves by the gradients, and sets them to 0. */
  step(learningRate: number): void;
}

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** The moments of these parameters begin at 0. */
export function adam(all: readonly Parameters[]): Adam {
  const moments = all.map(({ data, gradient }) => ({
    data,
    gradient,
    first: new Float32Array(data.length),
    second: new Float32Array(data.length),
  }));
  let [power1, power2] = [1, 1];
  return {
    step(learningRate) {
      power1 *= BETA1;
      power2 *= BETA2;
      const [rate, correction] = [learningRate / (1 - power1), 1 / Math.sqrt(1 - power2)];
      for (const { data, gradient, first, second } of moments) {
        for (let i = 0; i < data.length; i++) {
          const slope = gradient[i];
          const mean = BETA1 * first[i] + (1 - BETA1) * slope;
          const square = BETA2 * second[i] + (1 - BETA2) * slope * slope;
          first[i] = mean;
          second[i] = square;
          data[i] = data[i] + (rate * mean) / (Math.sqrt(square) * correction + EPSILON);
        }
        gradient.fill(0);
      }
    },
  };
}

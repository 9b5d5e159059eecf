import type { LossProblem } from '../problem.js';
import { normals, random } from '../random.js';
import type { BenchCase, Extent, Suite } from './suite.js';

type Shape = Pick<LossProblem, 'objective' | 'critic' | 'n' | 'm' | 'd'>;

/** A loss and all its gradients, on embeddings that are already there. */
export const loss: Suite = {
  name: 'loss',
  title: 'One loss: value and all gradients (ms)',
  cases: (extent) => shapes[extent].map(lossCase),
};

// d 128 is the width of SimCLR's projection head. n 1024 leaves every L2 cache with its 4 MiB of scores; 4096 is
// there for WDM, whose cost in closed form does not grow with n². 33 and 17 are no multiple of any SIMD width.
const shapes: Readonly<Record<Extent, readonly Shape[]>> = {
  check: [
    square('cpc', 'bilinear', 33, 17),
    square('cpc-symmetric', 'cosine', 33, 17),
    square('wdm', 'separable', 33, 17),
    { objective: 'cpc', critic: 'separable', n: 9, m: 21, d: 5 },
  ],
  quick: [
    square('cpc', 'bilinear', 256, 128),
    square('cpc', 'bilinear', 512, 128),
    square('cpc-symmetric', 'cosine', 512, 128),
    square('wdm', 'separable', 512, 128),
  ],
  full: [
    square('cpc', 'bilinear', 256, 128),
    square('cpc', 'bilinear', 512, 128),
    square('cpc', 'bilinear', 1024, 128),
    square('cpc-symmetric', 'cosine', 512, 128),
    square('cpc-symmetric', 'cosine', 1024, 512),
    square('wdm', 'separable', 512, 128),
    square('wdm', 'separable', 4096, 128),
  ],
};

function square(objective: Shape['objective'], critic: Shape['critic'], n: number, d: number): Shape {
  return { objective, critic, n, m: n, d };
}

function lossCase(shape: Shape): BenchCase {
  const { objective, critic, n, m, d } = shape;
  return {
    description: { objective, critic, n, m, d, gradients: 'all' },
    label: `${objective} ${critic} n ${n}${m === n ? '' : ` m ${m}`} d ${d}`,
    problem: () => lossProblem(shape),
  };
}

/**
 * Pairs that correlate, at a scale where scores have a standard deviation near 1: no softmax is then one-hot or
 * flat, and no value so near 0 that a relative difference means nothing.
 */
function lossProblem({ objective, critic, n, m, d }: Shape): LossProblem {
  const source = random(1);
  const scale = critic === 'cosine' ? 1 : d ** -0.25;
  const x = normals(source, n * d, scale);
  const y = normals(source, m * d, scale).map((noise, k) => 0.6 * (x[k] ?? 0) + 0.8 * noise);
  const temperature = critic === 'cosine' ? 0.1 : 1;
  const shape = { kind: 'loss', objective, critic, n, m, d, temperature, x, y } as const;
  return critic === 'bilinear' ? { ...shape, weights: nearIdentity(d) } : shape;
}

/** The identity plus noise: a bilinear critic in mid-training, whose scores still favour the pairs. */
function nearIdentity(d: number): Float32Array {
  const weights = normals(random(2), d * d, 0.5 / Math.sqrt(d));
  for (let k = 0; k < d; k += 1) weights[k * d + k] += 1;
  return weights;
}

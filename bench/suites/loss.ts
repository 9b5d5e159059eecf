import type { LossProblem } from '../problem.js';
import { normals, random } from '../random.js';
import { type BenchCase, type Extent, inTurns, type Suite } from './suite.js';

type Shape = Pick<LossProblem, 'objective' | 'critic' | 'n' | 'm' | 'd' | 'gradients'>;

/** A loss and its gradients, on embeddings that are already there. */
export const loss: Suite = {
  name: 'loss',
  title: 'One loss',
  about: 'the value of an objective and its gradients, for embeddings of n queries and m candidates, d numbers each',
  order: 'interleaved',
  measurement: inTurns,
  cases: (extent) => shapes[extent].map(lossCase),
};

// d 128 is the width of SimCLR's projection head, 384 that of small text embeddings. n 1024 leaves every L2 cache with
// its 4 MiB of scores; at 4096 moving them is most of a peer's work. 33 and 17 are no multiple of any SIMD width.
const shapes: Readonly<Record<Extent, readonly Shape[]>> = {
  check: [
    square('cpc', 'bilinear', 33, 17),
    square('cpc-symmetric', 'cosine', 33, 17),
    square('wdm', 'separable', 33, 17),
    square('cpc', 'distance', 33, 17),
    { objective: 'cpc', critic: 'separable', n: 9, m: 21, d: 5, gradients: 'all' },
    adapterStep(9, 21, 5),
  ],
  quick: [
    square('cpc', 'bilinear', 512, 128),
    square('cpc-symmetric', 'cosine', 512, 128),
    square('wdm', 'separable', 512, 128),
    square('cpc', 'distance', 256, 64),
    adapterStep(64, 4096, 384),
  ],
  full: [
    square('cpc', 'bilinear', 256, 128),
    square('cpc', 'bilinear', 512, 128),
    square('cpc', 'bilinear', 1024, 128),
    square('cpc', 'bilinear', 4096, 128),
    square('cpc-symmetric', 'cosine', 512, 128),
    square('cpc-symmetric', 'cosine', 1024, 512),
    square('wdm', 'separable', 4096, 128),
    square('cpc', 'distance', 1024, 64),
    adapterStep(64, 4096, 384),
  ],
};

/** n queries against as many candidates, with all gradients. */
export function square(objective: Shape['objective'], critic: Shape['critic'], n: number, d: number): Shape {
  return { objective, critic, n, m: n, d, gradients: 'all' };
}

/** A few queries against a corpus that stays as it is. */
function adapterStep(n: number, m: number, d: number): Shape {
  return { objective: 'cpc', critic: 'separable', n, m, d, gradients: 'queries' };
}

/** A loss of such a shape. */
export function lossCase(shape: Shape): BenchCase {
  const { objective, critic, n, m, d, gradients } = shape;
  const sizes = `n ${n}${m === n ? '' : ` m ${m}`} d ${d}`;
  return {
    description: { objective, critic, n, m, d, gradients },
    label: `${objective} ${critic} ${sizes}${gradients === 'queries' ? ', dX only' : ''}`,
    problem: () => lossProblem(shape),
  };
}

/**
 * Pairs that correlate, at a scale where scores have a standard deviation near 1: no softmax is then one-hot or
 * flat, and no value so near 0 that a relative difference means nothing.
 */
function lossProblem(shape: Shape): LossProblem {
  const { critic, n, m, d } = shape;
  const source = random(1);
  const { scale, temperature } = scales(critic, d);
  const x = normals(source, n * d, scale);
  const y = normals(source, m * d, scale).map((noise, k) => 0.6 * (x[k] ?? 0) + 0.8 * noise);
  const problem = { kind: 'loss', ...shape, temperature, x, y } as const;
  return critic === 'bilinear' ? { ...problem, weights: nearIdentity(d) } : problem;
}

/** Distances of standard normal vectors have a standard deviation of 1 in any dimension, other scores need a scale. */
function scales(critic: Shape['critic'], d: number): { readonly scale: number; readonly temperature: number } {
  if (critic === 'cosine') return { scale: 1, temperature: 0.1 };
  return { scale: critic === 'distance' ? 1 : d ** -0.25, temperature: 1 };
}

/** The identity plus noise: a bilinear critic in mid-training, whose scores still favour the pairs. */
function nearIdentity(d: number): Float32Array {
  const weights = normals(random(2), d * d, 0.5 / Math.sqrt(d));
  for (let k = 0; k < d; k += 1) weights[k * d + k] += 1;
  return weights;
}

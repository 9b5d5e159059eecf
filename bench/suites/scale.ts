import type { LossProblem } from '../problem.js';
import { normals, random } from '../random.js';
import { type Repeated, repeatedInfoNCE } from '../repeated.js';
import { alone, type BenchCase, type Extent, type Suite } from './suite.js';

/** How far each engine gets, in time and memory. */
export const scale: Suite = {
  name: 'scale',
  title: 'How far it goes',
  about: 'InfoNCE with the separable critic and all gradients for n pairs, d 64: time, and peak memory of the process',
  order: 'apart',
  measurement: alone,
  cases: (extent) => sizes[extent].map(([n, pairs]) => scaleCase(n, pairs)),
};

const d = 64;

/** Different pairs among those of a large batch: a prime, so that no two blocks of it are alike. */
const period = 1021;

/** n, and how many different pairs they are. */
const sizes: Readonly<Record<Extent, readonly (readonly [number, number])[]>> = {
  check: [[75, 31]],
  quick: [256, 1024, 4096, 16_384].map((n) => [n, period]),
  full: [256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536].map((n) => [n, period]),
};

function scaleCase(n: number, pairs: number): BenchCase {
  return {
    description: { objective: 'cpc', critic: 'separable', n, d },
    label: `n ${n}`,
    flops: 6 * n * n * d,
    problem: () => repeat(differentPairs(n, pairs), n),
    expected: () => repeatedInfoNCE(differentPairs(n, pairs), n),
  };
}

function differentPairs(n: number, period: number): Repeated {
  const source = random(5);
  const pairs = Math.min(n, period);
  const x = normals(source, pairs * d, d ** -0.25);
  const y = normals(source, pairs * d, d ** -0.25).map((noise, k) => 0.6 * x[k] + 0.8 * noise);
  return { pairs, d, x, y };
}

/** Row i of the batch is row i mod `pairs`. */
function repeat({ pairs, x, y }: Repeated, n: number): LossProblem {
  const rows = (source: Float32Array) => Float32Array.from({ length: n * d }, (_, k) => source[k % (pairs * d)]);
  const shape = { objective: 'cpc', critic: 'separable', n, m: n, d, temperature: 1, gradients: 'all' } as const;
  return { kind: 'loss', ...shape, x: rows(x), y: rows(y) };
}

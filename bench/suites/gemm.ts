import type { ProductProblem } from '../problem.js';
import { normals, random } from '../random.js';
import { type BenchCase, type Extent, inTurns, type Suite } from './suite.js';

/** What most of the time goes into: matrix products. */
export const gemm: Suite = {
  name: 'gemm',
  title: 'One matrix product',
  about: 'C = A Bᵀ in single precision, A m x k and B n x k, both already where the engine keeps them',
  order: 'interleaved',
  measurement: {
    full: { ...inTurns.full, effort: { ...inTurns.full.effort, budget: 3_000 } },
    quick: inTurns.quick,
  },
  cases: (extent) => shapes[extent].map(productCase),
};

type Shape = Pick<ProductProblem, 'rows' | 'cols' | 'depth'>;

// 256 fits into an L2 cache, 1024 in none; the last is the first layer of the step suite, on a batch of 256.
const shapes: Readonly<Record<Extent, readonly Shape[]>> = {
  check: [cube(16), { rows: 13, cols: 7, depth: 5 }],
  quick: [cube(512)],
  full: [cube(256), cube(512), cube(1024), { rows: 256, cols: 512, depth: 784 }],
};

function cube(size: number): Shape {
  return { rows: size, cols: size, depth: size };
}

function productCase({ rows, cols, depth }: Shape): BenchCase {
  return {
    description: { m: rows, n: cols, k: depth },
    label: `m ${rows} n ${cols} k ${depth}`,
    flops: 2 * rows * cols * depth,
    problem: () => {
      const source = random(4);
      const [a, b] = [normals(source, rows * depth), normals(source, cols * depth)];
      return { kind: 'product', rows, cols, depth, a, b };
    },
  };
}

import type { PairMetric } from './certificate.js';
import { at, norm, type Rows, subtract, sum } from './linear-algebra.js';

/**
 * W₁ between a sample's empirical joint (n atoms (x_i, y_i)) and the product of its marginals (n² atoms (x_i, y_j)),
 * exactly: every joint atom is split into n atoms of mass 1/n², which makes it an assignment of n² to n².
 */
export function w1JointProduct(X: Rows, Y: Rows, metric: PairMetric): number {
  const product = X.flatMap((x) => Y.map((y) => ({ x, y })));
  const costs = X.flatMap((x, i) =>
    Y.map(() => product.map((atom) => pairDistance(subtract(atom.x, x), subtract(atom.y, Y[i]), metric))),
  );
  return sum(cheapestAssignment(costs).map((column, row) => at(costs, row, column))) / costs.length;
}

function pairDistance(dx: readonly number[], dy: readonly number[], metric: PairMetric): number {
  return metric === 'sum' ? norm(dx) + norm(dy) : norm([...dx, ...dy]);
}

/**
 * The column of every row in a cheapest one-to-one assignment of a square cost matrix: rows are added one by one, each
 * along a shortest augmenting path under reduced costs.
 *
 * @see Jonker and Volgenant 1987, https://doi.org/10.1007/BF02278710
 */
export function cheapestAssignment(costs: Rows): number[] {
  const n = costs.length;
  const rowPrice = new Array<number>(n).fill(0);
  const columnPrice = new Array<number>(n).fill(0);
  const rowOf = new Array<number>(n).fill(-1);
  for (let start = 0; start < n; start++) augment(costs, start, rowPrice, columnPrice, rowOf);
  return costs.map((_, row) => rowOf.indexOf(row));
}

function augment(costs: Rows, start: number, rowPrice: number[], columnPrice: number[], rowOf: number[]): void {
  const n = costs.length;
  const shortest = new Array<number>(n).fill(Number.POSITIVE_INFINITY);
  const previous = new Array<number>(n).fill(-1);
  const reached: number[] = [];
  let column = -1;
  do {
    const row = column === -1 ? start : rowOf[column];
    const base = column === -1 ? 0 : shortest[column];
    for (let j = 0; j < n; j++) {
      const length = base + at(costs, row, j) - rowPrice[row] - columnPrice[j];
      if (!reached.includes(j) && length < shortest[j]) {
        shortest[j] = length;
        previous[j] = column;
      }
    }
    column = nearest(shortest, reached);
    reached.push(column);
  } while (rowOf[column] !== -1);
  const total = shortest[column];
  rowPrice[start] += total;
  for (const j of reached.slice(0, -1)) {
    rowPrice[rowOf[j]] += total - shortest[j];
    columnPrice[j] -= total - shortest[j];
  }
  for (let j = column; j !== -1; j = previous[j]) rowOf[j] = previous[j] === -1 ? start : rowOf[previous[j]];
}

function nearest(shortest: readonly number[], reached: readonly number[]): number {
  return shortest.reduce(
    (best, length, j) => (!reached.includes(j) && (best === -1 || length < shortest[best]) ? j : best),
    -1,
  );
}

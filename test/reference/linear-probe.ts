import type { Rows } from './linear-algebra.js';

/** A multinomial logistic regression: scores are `weights[c] · x + bias[c]`. */
export interface LogisticRegression {
  readonly weights: Rows;
  readonly bias: readonly number[];
}

/** Mean cross-entropy + (l2 / 2) |weights|². */
export function probeObjective(X: Rows, labels: readonly number[], l2: number, model: LogisticRegression): number {
  const entropies = X.map((x, i) => -Math.log(probabilities(model, x)[labels[i]]));
  const square = model.weights.flat().reduce((sum, w) => sum + w * w, 0);
  return entropies.reduce((sum, value) => sum + value, 0) / X.length + (l2 / 2) * square;
}

/** The minimum of {@link probeObjective} by Nesterov's method with restarts, until the gradient is under 1e-9. */
export function fitProbe(X: Rows, labels: readonly number[], l2: number): LogisticRegression {
  const classes = Math.max(...labels) + 1;
  const width = X[0].length + 1;
  const items = X.map((x) => [...x, 1]);
  const step = 1 / (Math.max(...items.map((x) => dot(x, x))) / 2 + l2);
  const penalty = (k: number): number => (k === width - 1 ? 0 : l2);
  let [w, ahead, momentum] = [zeros(classes, width), zeros(classes, width), 0];
  for (let round = 0; round < 100_000; round++) {
    const gradient = residualProduct(items, labels, ahead).map((row, c) =>
      row.map((g, k) => g + penalty(k) * ahead[c][k]),
    );
    if (Math.hypot(...gradient.flat()) < 1e-9) break;
    const next = ahead.map((row, c) => row.map((value, k) => value - step * gradient[c][k]));
    const rises = gradient.flat().reduce((sum, g, at) => sum + g * (next.flat()[at] - w.flat()[at]), 0) > 0;
    momentum = rises ? 0 : momentum + 1;
    const previous = w;
    ahead = next.map((row, c) => row.map((value, k) => value + (momentum / (momentum + 3)) * (value - previous[c][k])));
    w = next;
  }
  return { weights: w.map((row) => row.slice(0, -1)), bias: w.map((row) => row[width - 1]) };
}

/** The class with the largest score. */
export function predict({ weights, bias }: LogisticRegression, x: readonly number[]): number {
  const scores = weights.map((w, c) => dot(w, x) + bias[c]);
  return scores.indexOf(Math.max(...scores));
}

/** Columns brought to mean 0 and variance 1 as those of `by` are; constant ones to 0. */
export function standardisedBy(by: Rows, rows: Rows): Rows {
  const columns = by[0].map((_, k) => by.map((row) => row[k]));
  const means = columns.map((column) => column.reduce((sum, x) => sum + x, 0) / column.length);
  const deviations = columns.map((column, k) =>
    Math.sqrt(column.reduce((s, x) => s + (x - means[k]) ** 2, 0) / column.length),
  );
  return rows.map((row) => row.map((x, k) => (deviations[k] === 0 ? 0 : (x - means[k]) / deviations[k])));
}

function residualProduct(items: Rows, labels: readonly number[], weights: Rows): number[][] {
  const gradient = zeros(weights.length, items[0].length);
  items.forEach((x, i) => {
    softmax(weights.map((w) => dot(w, x))).forEach((p, c) => {
      const residual = (p - (c === labels[i] ? 1 : 0)) / items.length;
      for (let k = 0; k < x.length; k++) gradient[c][k] += residual * x[k];
    });
  });
  return gradient;
}

function probabilities({ weights, bias }: LogisticRegression, x: readonly number[]): number[] {
  return softmax(weights.map((w, c) => dot(w, x) + bias[c]));
}

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}

function zeros(rows: number, cols: number): number[][] {
  return Array.from({ length: rows }, () => new Array<number>(cols).fill(0));
}

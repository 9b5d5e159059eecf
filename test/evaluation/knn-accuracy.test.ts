import { describe, expect, it } from 'vitest';
import { DataError, knnAccuracy, matrix, ShapeError } from '../../ts/entries/node.js';

const line = (values: readonly number[], labels: readonly number[]) => ({
  features: values.map((value) => [value]),
  labels: Uint8Array.from(labels),
});

describe('classification by neighbours', () => {
  it('V1: a query is not its own neighbour', () => {
    const four = line([0, 1, 10, 11], [0, 1, 0, 1]);
    expect(knnAccuracy(four, four, { k: 1, excludeSelf: true }).accuracy).toBe(0);
    expect(knnAccuracy(four, four, { k: 1 }).accuracy).toBe(1);
  });

  it('goes by the majority, and by the nearest where votes are equal', () => {
    const references = line([1, 2, 3, 4, -50], [7, 5, 5, 7, 9]);
    const accuracy = (k: number, at: number, label: number) =>
      knnAccuracy(line([at], [label]), references, { k }).accuracy;
    expect([accuracy(1, 0, 7), accuracy(2, 0, 7), accuracy(3, 0, 5), accuracy(4, 0, 7), accuracy(4, 2.5, 5)]).toEqual([
      1, 1, 1, 1, 1,
    ]);
  });

  it('counts each factor by itself', () => {
    const references = { features: [[0], [10]], labels: Uint8Array.of(1, 2, 3, 4), factors: 2 };
    const queries = { features: [[1], [9]], labels: Uint8Array.of(1, 4, 3, 4), factors: 2 };
    expect(knnAccuracy(queries, references, { k: 1 })).toEqual({ accuracy: 0.75, perFactor: [1, 0.5] });
  });

  it('C1: counts a zero vector, which has no neighbours by cosine, as wrong', () => {
    const references = {
      features: [
        [1, 0],
        [0, 1],
      ],
      labels: Uint8Array.of(0, 1),
    };
    const queries = {
      features: [
        [0, 0],
        [0, 2],
      ],
      labels: Uint8Array.of(0, 1),
    };
    expect(knnAccuracy(queries, references, { k: 1, metric: 'cosine' }).accuracy).toBe(0.5);
  });

  it('refuses what does not fit', () => {
    const [one, two] = [line([0, 1], [0, 1]), { features: [[0]], labels: Uint8Array.of(0, 1), factors: 2 }];
    expect(() => knnAccuracy(one, two, { k: 1 })).toThrow(/queries have 1 factors, references 2/);
    const none = { features: matrix(new Float32Array(0), 0, 1), labels: new Uint8Array(0) };
    expect(() => knnAccuracy(none, one, { k: 1 })).toThrow(DataError);
    expect(() => knnAccuracy({ ...one, labels: Uint8Array.of(0) }, one, { k: 1 })).toThrow(ShapeError);
  });
});

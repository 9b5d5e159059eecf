import { expect, it } from 'vitest';
import { discriminantPlane } from '../../scripts/start/discriminants.js';
import { matrix } from '../../ts/wasm/matrix.js';
import { seededRandom } from '../support/random.js';

it('finds the two directions that tell the classes apart under louder noise', () => {
  const { normal } = seededRandom(3);
  const labels = Array.from({ length: 600 }, (_, i) => i % 3);
  // Columns 1 and 4 hold the class; the others are noise, twenty times as wide.
  const rows = labels.flatMap((label) => {
    const noise = Array.from({ length: 6 }, () => 20 * normal());
    noise[1] = Math.cos((label * 2 * Math.PI) / 3) + 0.1 * normal();
    noise[4] = Math.sin((label * 2 * Math.PI) / 3) + 0.1 * normal();
    return noise;
  });
  const features = matrix(Float32Array.from(rows), 600, 6);
  const { x, y } = discriminantPlane(features, labels)(features);
  const centres = [0, 1, 2].map((label) => [x, y].map((axis) => mean(axis.filter((_, i) => labels[i] === label))));
  const wrong = labels.filter((label, i) => label !== nearest(centres, [x[i], y[i]]));
  expect(wrong).toHaveLength(0);
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function nearest(centres: readonly (readonly number[])[], [x, y]: readonly number[]): number {
  const distances = centres.map(([u, v]) => Math.hypot(u - x, v - y));
  return distances.indexOf(Math.min(...distances));
}

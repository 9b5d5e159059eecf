import { arrayPairs } from '../../ts/data/array-pairs.js';
import type { PairSource } from '../../ts/data/pair-source.js';
import { random } from '../../ts/wasm/random.js';

/** `rows` pairs of correlated Gaussians: y is x with noise. */
export function gaussianPairs(rows: number, dim: number, seed: number): PairSource {
  const stream = random(seed);
  const normal = () => Float32Array.from({ length: rows * dim }, () => stream.normal());
  const [x, noise] = [normal(), normal()];
  const y = x.map((value, at) => 0.95 * value + 0.3 * (noise[at] ?? 0));
  stream.dispose();
  return arrayPairs({ x: { data: x, rows, cols: dim }, y: { data: y, rows, cols: dim } });
}

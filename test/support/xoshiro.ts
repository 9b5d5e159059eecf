import type { Random, RandomSource } from '../../ts/data/random-source.js';

/** xoshiro128** on whole numbers, as crates/kernels/src/random.rs has it; normals are sums of 12 uniforms. */
export const xoshiro: RandomSource = { seeded: (seed) => generator(seedState(seed)), restored: generator };

function generator(initial: readonly number[]): Random {
  let [a, b, c, d] = initial;
  const uint32 = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    [c, d] = [c ^ a, d ^ b];
    [a, b, c, d] = [a ^ d, b ^ c, c ^ (b << 9), rotate(d, 11)];
    return result;
  };
  const uniform = () => (uint32() >>> 8) / 2 ** 24;
  const below = (n: number) => {
    let word = BigInt(uint32()) * BigInt(n);
    const threshold = 2 ** 32 % n;
    while (Number(word & 0xffffffffn) < threshold) word = BigInt(uint32()) * BigInt(n);
    return Number(word >> 32n);
  };
  const normal = () => Math.fround(Array.from({ length: 12 }, uniform).reduce((sum, u) => sum + u, -6));
  const permutation = (n: number) => shuffled(n, below);
  return { uint32, below, uniform, normal, permutation, state: () => [a, b, c, d].map((word) => word >>> 0) };
}

function shuffled(n: number, below: (n: number) => number): Uint32Array {
  const items = Uint32Array.from({ length: n }, (_, i) => i);
  for (let last = n - 1; last > 0; last--) {
    const other = below(last + 1);
    [items[last], items[other]] = [items[other], items[last]];
  }
  return items;
}

/** Two steps of splitmix64. */
function seedState(seed: number): readonly number[] {
  const words = [1n, 2n].map((step) => {
    let z = BigInt.asUintN(64, BigInt(seed) + step * 0x9e3779b97f4a7c15n);
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  });
  return words.flatMap((word) => [Number(word & 0xffffffffn), Number(word >> 32n)]);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

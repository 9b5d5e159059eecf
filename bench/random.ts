/** Seeded numbers for inputs (mulberry32), so that every run and every engine sees the same ones. */
export interface Random {
  /** In [0, 1). */
  uniform(): number;
  /** Standard normal (Box and Muller). */
  normal(): number;
}

/** A generator that gives the same sequence for the same `seed` (32 bits). */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/** `length` normal numbers with standard deviation `scale`. */
export function normals(source: Random, length: number, scale = 1): Float32Array {
  return Float32Array.from({ length }, () => scale * source.normal());
}

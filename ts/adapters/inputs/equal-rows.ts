import type { Matrix } from '../../wasm/matrix.js';

/** A number for each row, from 0 in order of first appearance: rows of equal numbers have the same. */
export function equalRows({ data, rows, cols }: Matrix): Uint32Array {
  // Adding 0 makes 0 of -0, whose bits differ.
  const words = new Uint32Array(data.map((value) => value + 0).buffer);
  const classes = new Uint32Array(rows);
  const seen = new Map<number, number[]>();
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const hash = hashWords(words, row * cols, cols);
    const others = seen.get(hash);
    const twin = others?.find((other) => sameWords(words, other * cols, row * cols, cols));
    classes[row] = twin === undefined ? count++ : classes[twin];
    if (twin !== undefined) continue;
    if (others === undefined) seen.set(hash, [row]);
    else others.push(row);
  }
  return classes;
}

/** Folds high bits down after each word: signs and exponents, where simple rows differ, are the highest. */
function hashWords(words: Uint32Array, start: number, length: number): number {
  let hash = 0;
  for (let k = start; k < start + length; k++) {
    hash = Math.imul(hash ^ words[k], 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash;
}

function sameWords(words: Uint32Array, a: number, b: number, length: number): boolean {
  for (let k = 0; k < length; k++) if (words[a + k] !== words[b + k]) return false;
  return true;
}

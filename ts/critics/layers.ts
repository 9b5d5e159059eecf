import type { CriticLayer } from './critic.js';

/** Copies the layers out of a list of their numbers: each weight row-major, then its bias. */
export function splitLayers(numbers: Float32Array, hidden: readonly number[], inputs: number): readonly CriticLayer[] {
  let offset = 0;
  const take = (count: number): Float32Array => {
    offset += count;
    return numbers.slice(offset - count, offset);
  };
  return [...hidden, 1].map((rows, at) => {
    const cols = hidden[at - 1] ?? inputs;
    return { weight: { data: take(rows * cols), rows, cols }, bias: take(rows) };
  });
}

/** The numbers of layers in that order. */
export function joinLayers(layers: readonly CriticLayer[]): Float32Array {
  return Float32Array.from(layers.flatMap(({ weight, bias }) => [...weight.data, ...bias]));
}

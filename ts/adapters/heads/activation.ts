/** A function of each number by itself, with a(0) = 0. */
export interface Activation {
  /** ONNX's operator. */
  readonly onnx: string;
  /** What a vector of so many numbers, no longer than `length`, cannot become longer than. */
  longest(length: number, numbers: number): number;
  value(z: number): number;
  /** a'(z), given a(z). */
  slope(value: number): number;
}

/** z / (1 + |z|): smooth, and only of operations that have the same bits in every runtime. */
export const SOFTSIGN: Activation = {
  onnx: 'Softsign',
  // By Jensen's inequality: softsign(z)² is concave in z², with slope 1 / (1 + |z|)³.
  longest: (length, numbers) => length / (1 + length / Math.sqrt(numbers)),
  value: (z) => z / (1 + Math.abs(z)),
  slope: (value) => (1 - Math.abs(value)) * (1 - Math.abs(value)),
};

/** A function of each number by itself, with a(0) = 0. */
export interface Activation {
  /** ONNX's operator. */
  readonly onnx: string;
  /** The largest slope. */
  readonly lipschitz: number;
  value(z: number): number;
  /** a'(z), given a(z). */
  slope(value: number): number;
}

/** z / (1 + |z|): smooth, and only of operations that have the same bits in every runtime. */
export const SOFTSIGN: Activation = {
  onnx: 'Softsign',
  lipschitz: 1,
  value: (z) => z / (1 + Math.abs(z)),
  slope: (value) => (1 - Math.abs(value)) * (1 - Math.abs(value)),
};

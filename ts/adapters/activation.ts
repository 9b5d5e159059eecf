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

/** max(0, z); its slope at 0 is taken as 0. */
export const RELU: Activation = {
  onnx: 'Relu',
  lipschitz: 1,
  value: (z) => Math.max(z, 0),
  slope: (value) => (value > 0 ? 1 : 0),
};

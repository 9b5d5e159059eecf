/** Functions of each element of a result, in the order in which the module counts them. */
const ACTIVATIONS = ['linear', 'relu', 'relu6', 'leakyrelu', 'prelu', 'elu', 'sigmoid'] as const;

/** A function of each element of a result. */
export type TensorActivation = (typeof ACTIVATIONS)[number];

/** What is done to each element of a result: `activation(x + bias)`. */
export interface TensorEpilogue {
  /** A number a column. */
  readonly bias?: Float32Array;
  readonly activation: TensorActivation;
  /** What `prelu` multiplies negative numbers by: a number a column. */
  readonly slopes?: Float32Array;
  /** What `leakyrelu` multiplies negative numbers by. */
  readonly slope?: number;
}

/** Nothing. */
export const NO_EPILOGUE: TensorEpilogue = { activation: 'linear' };

/** The activation, and the bits of its number, as the module reads them. */
export function activationWords({ activation, slope = 0 }: TensorEpilogue): readonly [kind: number, number: number] {
  return [ACTIVATIONS.indexOf(activation), new Uint32Array(Float32Array.of(slope).buffer)[0] ?? 0];
}

import { random } from '../../wasm/random.js';
import type { Activation } from './activation.js';

/** Numbers that training moves, and the gradient of what is maximised. */
export interface Parameters {
  readonly data: Float32Array;
  readonly gradient: Float32Array;
}

/** A matrix of a head, row-major. */
export interface HeadTensor extends Parameters {
  /** As files and JSON call it. */
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
}

/** What the matrices of a head are made for; each kind reads what it needs. */
export interface HeadSizes {
  /** Numbers in a vector. */
  readonly input: number;
  /** Numbers in what it becomes. */
  readonly output: number;
  /** Of a low rank; null elsewhere. */
  readonly rank: number | null;
  /** Hidden units of a perceptron; null elsewhere. */
  readonly hidden: number | null;
}

/** One step of a head: a(A x + b). */
export interface LayerPlan {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** The deviation of the normal numbers that the matrix begins with; 0 where it begins at 0. */
  readonly start: number;
  /** Names the bias, a column that begins at 0. */
  readonly bias?: string;
  readonly activation?: Activation;
}

/** What a head computes: normalise(f(x)), or normalise(x + f(x)), f a chain of layers. A kind is one object like this. */
export interface HeadKind {
  /** Whether x is added; the last layer of such a kind begins at 0. */
  readonly isResidual: boolean;
  /** From x to f(x). */
  layers(sizes: HeadSizes): readonly LayerPlan[];
}

/** One step of a head, with its numbers. */
export interface Layer {
  readonly weight: HeadTensor;
  /** rows x 1. */
  readonly bias: HeadTensor | null;
  readonly activation: Activation | null;
}

/** What an adapter learns of one side. */
export interface Head {
  readonly kind: HeadKind;
  readonly input: number;
  readonly output: number;
  readonly layers: readonly Layer[];
}

/** The numbers of a head's tensors, in order. */
export type HeadState = readonly Float32Array[];

/** A head as it begins: a residual one is the identity; others wait for numbers. */
export function createHead(kind: HeadKind, sizes: HeadSizes, seed: number): Head {
  const plans = kind.layers(sizes);
  const zeros = (_: string, rows: number, cols: number) => new Float32Array(rows * cols);
  const head = buildHead(kind, sizes, zeros, true);
  if (plans.every(({ start }) => start === 0)) return head;
  const draw = random(seed);
  plans.forEach(({ start }, at) => {
    const data = head.layers[at]?.weight.data ?? [];
    if (start > 0) for (let i = 0; i < data.length; i++) data[i] = draw.normal() * start;
  });
  draw.dispose();
  return head;
}

/** A head of numbers that there are, which `find` gives; with room for gradients where it is to be trained. */
export function buildHead(
  kind: HeadKind,
  sizes: HeadSizes,
  find: (name: string, rows: number, cols: number) => Float32Array,
  isTrained = false,
): Head {
  const tensor = (name: string, rows: number, cols: number): HeadTensor => {
    const data = find(name, rows, cols);
    return { name, rows, cols, data, gradient: new Float32Array(isTrained ? data.length : 0) };
  };
  const layers = kind.layers(sizes).map(({ name, rows, cols, bias, activation = null }) => ({
    weight: tensor(name, rows, cols),
    bias: bias === undefined ? null : tensor(bias, rows, 1),
    activation,
  }));
  return { kind, input: sizes.input, output: sizes.output, layers };
}

/** Every matrix of a head, in the order of its layers. */
export function tensorsOf({ layers }: Head): readonly HeadTensor[] {
  return layers.flatMap(({ weight, bias }) => (bias === null ? [weight] : [weight, bias]));
}

/** A copy of its numbers as they are now. */
export function headState(head: Head): HeadState {
  return tensorsOf(head).map(({ data }) => data.slice());
}

/** Puts back what {@link headState} gave. */
export function restoreHead(head: Head, state: HeadState): void {
  tensorsOf(head).forEach(({ data }, i) => {
    data.set(state[i] ?? []);
  });
}

/** Whether it changes nothing but lengths. */
export function isIdentityHead({ kind, layers }: Head): boolean {
  // Biases pass through the layers behind them: only the last layer decides, or a chain without biases.
  const hasBias = layers.some(({ bias }) => bias !== null);
  const deciding = hasBias ? layers.slice(-1) : layers;
  return kind.isResidual && deciding.some(({ weight, bias }) => isZero(weight) && (bias === null || isZero(bias)));
}

function isZero({ data }: HeadTensor): boolean {
  return data.every((value) => value === 0);
}

/** Weights, row-major, in PyTorch's shape. */
export interface ChainTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * What an encoder does to a batch, a step after the other. Images are planes, n x channels x height x width, from
 * wherever a step makes them so; every weight lies as PyTorch has it.
 */
export type ChainStep = {
  /** The layer it is of, as an error names it. */
  readonly from: string;
} & (StepOfShape | StepWithWeights | Activation | GroupSort | Pool | PoolSequence);

/** Moves numbers about and changes none. */
export type StepOfShape =
  /** To n x shape. */
  | { readonly step: 'reshape'; readonly shape: readonly number[] }
  /** Axes in their new order, the batch's 0 first. */
  | { readonly step: 'permute'; readonly axes: readonly number[] }
  /** Zeros around planes. */
  | { readonly step: 'pad'; readonly padding: Padding }
  /** All axes but the first become one. */
  | { readonly step: 'flatten' };

/** What has weights. */
export type StepWithWeights = Standardise | Dense | Convolution | Normalise | Embedding;

/** (v - mean) * scale, a column each. */
export interface Standardise {
  readonly step: 'standardise';
  readonly mean: ChainTensor;
  readonly scale: ChainTensor;
}

/** x Wᵀ + b. */
export interface Dense {
  readonly step: 'dense';
  /** [outputs, inputs] */
  readonly weight: ChainTensor;
  /** [outputs] */
  readonly bias: ChainTensor | null;
}

/** A convolution over planes. */
export interface Convolution {
  readonly step: 'convolution';
  /** [channels, its input's / groups, height, width] */
  readonly weight: ChainTensor;
  /** [channels] */
  readonly bias: ChainTensor | null;
  /** Down and across. */
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

/** Whole numbers to rows of a table: a sequence of them to positions x width. */
export interface Embedding {
  readonly step: 'embedding';
  /** [how many there are, width] */
  readonly weight: ChainTensor;
}

/** (v - mean) / sqrt(variance + epsilon) * weight + bias, a feature or channel each: what a batch normalisation infers with. */
export interface Normalise {
  readonly step: 'normalise';
  readonly weight: ChainTensor;
  readonly bias: ChainTensor;
  readonly mean: ChainTensor;
  readonly variance: ChainTensor;
  readonly epsilon: number;
}

/** A function of each number; of a softmax, of each pixel's channels or each row. */
export interface Activation {
  readonly step: 'activation';
  readonly name: ActivationName;
  /** `leaky-relu`: what numbers below 0 are multiplied by. */
  readonly slope?: number;
}

/** Features, or a pixel's channels, that neighbour each other, sorted in groups of `size`, the largest first. */
export interface GroupSort {
  readonly step: 'group-sort';
  readonly size: number;
}

/** Every activation that can be exchanged, beside sorting. */
export type ActivationName =
  | 'relu'
  | 'relu6'
  | 'leaky-relu'
  | 'elu'
  | 'selu'
  | 'sigmoid'
  | 'tanh'
  | 'softplus'
  | 'softsign'
  | 'swish'
  | 'softmax';

/** The largest number, or the mean, of a window or of whole planes. */
export interface Pool {
  readonly step: 'pool';
  readonly of: 'max' | 'average';
  /** Null: the whole planes, which become one number a channel. */
  readonly window: {
    readonly size: readonly [number, number];
    readonly stride: readonly [number, number];
  } | null;
}

/** The largest number, or the mean, over a sequence's positions. */
export interface PoolSequence {
  readonly step: 'pool-sequence';
  readonly of: 'max' | 'average';
}

/** Rows or columns of zeros: at the top, left, bottom and right. */
export type Padding = readonly [number, number, number, number];

/** An encoder as steps, from batches of `input` to batches of rows of `output` numbers. */
export interface LayerChain {
  /** A sample's shape: [numbers] for rows. */
  readonly input: readonly number[];
  readonly output: number;
  readonly steps: readonly ChainStep[];
}

/** No padding. */
export const UNPADDED: Padding = [0, 0, 0, 0];

/** The axes by which a batch of channels-last images is turned into planes. */
export const TO_PLANES = [0, 3, 1, 2] as const;

/** The axes by which planes are turned back into channels-last images. */
export const FROM_PLANES = [0, 2, 3, 1] as const;

/** Whether two lists of numbers are the same. */
export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}

/**
 * The tensors of a chain by the names that PyTorch gives a list of modules: layers with weights are counted, so that
 * `0.weight` is the first one's. Standardisation is named apart, being no layer.
 */
export function chainTensors(steps: readonly ChainStep[]): ReadonlyMap<string, ChainTensor> {
  const named = new Map<string, ChainTensor>();
  let layer = 0;
  for (const step of steps) {
    for (const [name, tensor] of tensorsOfStep(step)) {
      named.set(step.step === 'standardise' ? `standardise.${name}` : `${layer}.${name}`, tensor);
    }
    if (isLayer(step)) layer++;
  }
  return named;
}

/** Whether a step is counted by {@link chainTensors}. */
export function isLayer(step: ChainStep): boolean {
  return ['dense', 'convolution', 'normalise', 'embedding'].includes(step.step);
}

function tensorsOfStep(step: ChainStep): readonly (readonly [string, ChainTensor])[] {
  switch (step.step) {
    case 'standardise':
      return [
        ['mean', step.mean],
        ['scale', step.scale],
      ];
    case 'dense':
    case 'convolution':
      return [['weight', step.weight] as const, ...(step.bias === null ? [] : [['bias', step.bias] as const])];
    case 'embedding':
      return [['weight', step.weight]];
    case 'normalise':
      return [
        ['weight', step.weight],
        ['bias', step.bias],
        ['running_mean', step.mean],
        ['running_var', step.variance],
      ];
    default:
      return [];
  }
}

import type { Matrix } from '../wasm/matrix.js';

/** The critics' names in the vocabulary. */
export type CriticName = 'separable' | 'bilinear' | 'cosine' | 'distance' | 'squared-distance' | 'joint';

/** Every critic's name, in the order of the documentation. */
export const criticNames: readonly CriticName[] = [
  'separable',
  'bilinear',
  'cosine',
  'distance',
  'squared-distance',
  'joint',
];

/** A layer of the joint critic. */
export interface CriticLayer {
  /** outputs x inputs, as PyTorch shapes it. */
  readonly weight: Matrix;
  /** A number an output. */
  readonly bias: Float32Array;
}

/** A function of a pair of embeddings; made by {@link separable} and its siblings. */
export interface Critic {
  readonly name: CriticName;
  /** What every score is divided by: above 0. */
  readonly temperature: number;
  /** Whether training moves the temperature too. */
  readonly learnTemperature: boolean;
  /** The bilinear critic's W, xDim x yDim; null starts from the identity. */
  readonly weights: Matrix | null;
  /** What the joint critic is made of; null for the others. */
  readonly network: CriticNetwork | null;
}

/** The joint critic's network. */
export interface CriticNetwork {
  /** Units of each hidden layer. */
  readonly hidden: readonly number[];
  /** Fixes the weights that a loss begins with; `fit` draws from its own seed. */
  readonly seed: number;
  /** The layers to begin with, one more than there are hidden ones; null draws them. */
  readonly layers: readonly CriticLayer[] | null;
}

/** Options that all critics share. */
export interface CriticOptions {
  /** What every score is divided by: above 0. */
  readonly temperature?: number;
  /** Whether training moves the temperature too (as its logarithm, not below 0.01, never decayed). Default false. */
  readonly learnTemperature?: boolean;
}

import type { Matrix } from '../wasm/matrix.js';

/** The critics' names in the vocabulary. */
export type CriticName = 'separable' | 'bilinear' | 'cosine' | 'distance' | 'squared-distance';

/** Every critic's name, in the order of the documentation. */
export const criticNames: readonly CriticName[] = ['separable', 'bilinear', 'cosine', 'distance', 'squared-distance'];

/** A function of a pair of embeddings; made by {@link separable} and its siblings. */
export interface Critic {
  readonly name: CriticName;
  /** What every score is divided by: above 0. */
  readonly temperature: number;
  /** Whether training moves the temperature too. */
  readonly learnTemperature: boolean;
  /** The bilinear critic's W, xDim x yDim; null starts from the identity. */
  readonly weights: Matrix | null;
}

/** Options that all critics share. */
export interface CriticOptions {
  /** What every score is divided by: above 0. */
  readonly temperature?: number;
  /** Whether training moves the temperature too (as its logarithm, not below 0.01, never decayed). Default false. */
  readonly learnTemperature?: boolean;
}

import type { Adapt } from './heads.js';

/** What an adapter's file says of it. */
export interface AdapterMetadata {
  /** The model whose vectors it was trained on; null where that was not said. */
  readonly model: string | null;
  /** What the model was given before each query; null where that was not said. */
  readonly prefix: string | null;
  /** Numbers in a vector. */
  readonly dims: number;
  /** Every output has length 1. */
  readonly normalisation: 'l2';
  readonly adapt: Adapt;
  /** null where W is full. */
  readonly rank: number | null;
  /** Degrees that no vector is turned by more than; null without a limit. */
  readonly maxDrift: number | null;
  /** Held-out metrics, by name; empty where none were measured. */
  readonly metrics: Readonly<Record<string, number>>;
}

import type { Calibration } from '../calibration/calibration.js';
import type { HeadsShape } from '../heads/heads.js';

/** What an adapter's file says of it. */
export interface AdapterMetadata extends HeadsShape {
  /** The model whose vectors it was trained on; null where that was not said. */
  readonly model: string | null;
  /** What the model was given before each query; null where that was not said. */
  readonly prefix: string | null;
  /** Every output has length 1. */
  readonly normalisation: 'l2';
  /** Degrees that no vector is turned by more than; null without a limit. */
  readonly maxDrift: number | null;
  /** Held-out metrics, by name; empty where none were measured. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Of cosines of the largest outputs; null where validation had too few pairs, or was not asked. */
  readonly calibration: Calibration | null;
}

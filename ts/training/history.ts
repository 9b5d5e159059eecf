import type { StepReport } from '../wasm/trainer.js';

/** The value of a run on pairs it was not trained on. */
export interface HeldOutEntry {
  /** The objective's value, mean over whole batches of n. */
  readonly value: number;
  /** WDM over mismatched pairs. */
  readonly wdm: number;
  /** WDM over all pairs of a batch, mean over batches. */
  readonly wdmAll: number;
  /** The certified Lipschitz constant of f over (x, y) in the sum metric; null where there is none. */
  readonly lipschitzConstant: number | null;
  /**
   * WDM over all pairs of the whole held-out sample (of its first 64 pairs for the joint critic) / lipschitzConstant:
   * below W_1, in the sum metric, from the sample's joint to the product of its marginals. Null where nothing is certified.
   */
  readonly w1LowerBound: number | null;
}

/** What is kept of a step. */
export interface HistoryEntry extends StepReport {
  /** Pairs a second, over the last tenth of a second or more. */
  readonly examplesPerSecond: number;
  /** On the steps that were evaluated. */
  readonly heldOut: HeldOutEntry | null;
}

/** Measures speed over windows of a tenth of a second. */
export function speedometer(batch: number, now: () => number = () => performance.now()): () => number {
  let [start, steps, speed] = [now(), 0, 0];
  return () => {
    steps += 1;
    const elapsed = now() - start;
    if (elapsed >= 100 || speed === 0) speed = (1000 * steps * batch) / Math.max(elapsed, 1e-3);
    if (elapsed >= 100) [start, steps] = [now(), 0];
    return speed;
  };
}

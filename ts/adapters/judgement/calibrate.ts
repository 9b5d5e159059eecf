import type { CoreOptions } from '../../wasm/core.js';
import { type Calibration, thresholdOf } from '../calibration/calibration.js';
import { fitCalibration } from '../calibration/fit-calibration.js';
import {
  type AtThreshold,
  atThreshold,
  calibrationError,
  type ScoredPairs,
  scoredPairs,
} from '../calibration/scored-pairs.js';
import { applyHead, type Heads } from '../heads/heads.js';
import { qrelsOf } from '../inputs/relevance.js';
import type { FitData } from '../training/fit-data.js';
import { heldOut } from '../training/held-out.js';

/** What test queries say of a calibration. */
export interface CalibrationReport {
  /** Expected calibration error, in ten bins. */
  readonly error: number;
  /** Pairs of a test query and one of its ten best documents. */
  readonly pairs: number;
  /** Those of them that are relevant. */
  readonly relevant: number;
  /** What the threshold is for. */
  readonly precision: number;
  /** What test queries find above the threshold; null where no score reaches the precision. */
  readonly threshold: AtThreshold | null;
}

/** A calibration and what is measured of it; null where validation has too few pairs. */
export interface Calibrated {
  readonly calibration: Calibration | null;
  readonly report: CalibrationReport | null;
}

/**
 * Fits the probabilities of an adapter to all validation queries and measures them on the test's. Stopping has chosen
 * among checkpoints by a third of these queries, which changes their scores far less than the noise of the others would.
 *
 * @param seen what may be searched before the report
 * @param data what the report searches
 */
export function calibrate(
  { seen, data }: { readonly seen: FitData; readonly data: FitData },
  heads: Heads,
  { precision, ...options }: CoreOptions & { readonly precision: number },
): Calibrated {
  const { stopping, verdict, test } = data.parts;
  const pairsOf = (from: FitData, rows: readonly number[]): ScoredPairs => {
    const { queries, relevance } = heldOut(from.queries, from.relevance, rows);
    const documents = applyHead(heads.document, from.documents, options);
    const mapped = applyHead(heads.query, queries, options);
    return scoredPairs(mapped, { documents, ties: from.ties, qrels: qrelsOf(relevance) }, options);
  };
  const calibration = fitCalibration(pairsOf(seen, [...stopping, ...verdict]));
  if (calibration === null) return { calibration, report: null };
  const held = pairsOf(data, test);
  const score = thresholdOf(calibration, precision);
  const report = {
    error: calibrationError(calibration, held),
    pairs: held.scores.length,
    relevant: Array.from(held.relevant).reduce((sum, one) => sum + one, 0),
    precision,
    threshold: score === null ? null : atThreshold(held, score),
  };
  return { calibration, report };
}

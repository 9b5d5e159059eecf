import { checkOptions } from '../wasm/check-options.js';
import { OptionsError } from '../wasm/errors.js';
import { type CoreCandidate, coreProbe } from '../wasm/evaluation-calls.js';
import { shown } from '../wasm/shown.js';
import { checkedLabelled, type LabelledFeatures, meanAccuracy } from './labelled-features.js';

/** What a probe is trained on, has its L2 strength chosen by, and is judged on. */
export interface ProbeItems {
  readonly train: LabelledFeatures;
  readonly validation: LabelledFeatures;
  readonly test: LabelledFeatures;
}

/** How a probe is fitted. */
export interface ProbeOptions {
  /**
   * The L2 strengths to choose from, above 0: λ in mean cross-entropy + (λ / 2) |weights|², the biases being free.
   * Default 1e-4, 1e-3, 1e-2 and 1e-1.
   */
  readonly strengths?: readonly number[];
  /**
   * Training ends once the loss is within this share of log(classes) of its minimum, which its gradient proves (the
   * loss curves by λ or more). Default 1e-5.
   */
  readonly tolerance?: number;
  /** Steps of L-BFGS for each strength, at most. Default 1000. */
  readonly maxIterations?: number;
}

/** What one L2 strength did; `accuracy` is on the validation items, the mean over factors. */
export type ProbeCandidate = CoreCandidate;

/** What a linear classifier reads off the features. */
export interface LinearProbe {
  /** On the test items, the mean over factors. */
  readonly accuracy: number;
  /** On the test items, for each factor. */
  readonly perFactor: readonly number[];
  /** The L2 strength that did best on the validation items; the stronger where two did alike. */
  readonly strength: number;
  /** Steps of L-BFGS at that strength, the most over factors. */
  readonly iterations: number;
  /** Whether every factor came within the tolerance at that strength. */
  readonly converged: boolean;
  /** What each strength did, from the strongest to the weakest. */
  readonly search: readonly ProbeCandidate[];
}

/**
 * Multinomial logistic regression on frozen features, one for each factor: features standardised by the training
 * items, L2 strength chosen on the validation items, accuracy measured on the test items.
 *
 * Features that are constant over the training items are ignored. A class that no training item has is never
 * predicted: items of it count as wrong. The same numbers in every runtime.
 *
 * Time: some 10 to 45 gradients a strength, each of 4 · items · features · classes operations over all factors.
 *
 * @throws {ShapeError} where labels do not fit, or the three differ in features or factors
 * @throws {DataError} on features that are not finite, or a part without items
 * @throws {OptionsError} on strengths or a tolerance not above 0
 */
export function linearProbe(items: ProbeItems, options: ProbeOptions = {}): LinearProbe {
  checkOptions(items, { train: true, validation: true, test: true }, 'linearProbe');
  checkOptions(options, { strengths: true, tolerance: true, maxIterations: true }, 'linearProbe');
  const { strengths = [1e-4, 1e-3, 1e-2, 1e-1], tolerance = 1e-5, maxIterations = 1000 } = options;
  checkPositive('strengths', strengths);
  checkPositive('tolerance', [tolerance]);
  if (!Number.isSafeInteger(maxIterations) || maxIterations < 1) {
    throw new OptionsError(`maxIterations must be a whole number from 1, got ${shown(maxIterations)}`);
  }
  const parts = [
    checkedLabelled('train', items.train),
    checkedLabelled('validation', items.validation),
    checkedLabelled('test', items.test),
  ];
  const { accuracies, chosen, search } = coreProbe(parts, { strengths, tolerance, maxIterations });
  const { strength, iterations, converged } = search[chosen];
  return { accuracy: meanAccuracy(accuracies), perFactor: accuracies, strength, iterations, converged, search };
}

function checkPositive(name: string, values: readonly number[]): void {
  const bad = values.find((value) => !(Number.isFinite(value) && value > 0));
  if (bad !== undefined) throw new OptionsError(`${name}: expected finite numbers above 0, got ${shown(bad)}`);
  if (values.length === 0) throw new OptionsError(`${name}: expected at least one, got none`);
}

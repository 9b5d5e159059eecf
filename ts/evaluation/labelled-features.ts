import { OptionsError, ShapeError } from '../wasm/errors.js';
import type { CoreLabelled } from '../wasm/evaluation-calls.js';
import { type MatrixLike, toMatrix } from '../wasm/matrix.js';

/** Features of items, and the class that each hidden factor has in them. */
export interface LabelledFeatures {
  /** Items x features. */
  readonly features: MatrixLike;
  /** Items x factors, row-major: classes from 0 to 255. */
  readonly labels: Uint8Array;
  /** Factors an item, from 1. Default 1. */
  readonly factors?: number;
}

/**
 * Labelled features as the core takes them; `name` names them in errors.
 *
 * @throws {ShapeError} where features are ragged, or labels are no Uint8Array of items x factors
 * @throws {OptionsError} unless `factors` is a whole number from 1
 */
export function checkedLabelled(name: string, labelled: LabelledFeatures): CoreLabelled {
  const { features, labels, factors = 1 } = labelled ?? {};
  const items = toMatrix(features, `${name}.features`);
  if (!Number.isSafeInteger(factors) || factors < 1) {
    throw new OptionsError(`${name}.factors must be a whole number from 1, got ${factors}`);
  }
  if (!(labels instanceof Uint8Array)) throw new ShapeError(`${name}.labels must be a Uint8Array`);
  if (labels.length !== items.rows * factors) {
    throw new ShapeError(`${name}: expected labels of ${items.rows} items x ${factors} factors, got ${labels.length}`);
  }
  return { features: items, labels, factors };
}

/** The mean of accuracies over factors. */
export function meanAccuracy(perFactor: readonly number[]): number {
  return perFactor.reduce((sum, accuracy) => sum + accuracy, 0) / perFactor.length;
}

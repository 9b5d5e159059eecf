import { describeJson } from '../../data/json-row.js';
import { OptionsError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';

/**
 * What a query's documents are told apart from in a step. `all`: every document that is relevant to a training query.
 * `batch`: those of the batch's queries only (van den Oord et al. 2018). Mined ones: those of the batch, and the hardest
 * negatives of each of its queries. Documents that no training query names are never negatives: among them are the
 * right answers of queries still to come, which training would push away. Of queries with the same vector, what is relevant
 * to one is not mined for another, but is among its `all`, and among its `batch` where both are in it: give such queries
 * as one, with all of their documents.
 */
export type Negatives = 'all' | 'batch' | MinedNegatives;

/**
 * Hard negatives by the margin relative to the positive (Moreira et al. 2024, NV-Retriever, "TopK-PercPos"): of a query,
 * the best documents by the embeddings as they were given that score at most (1 - margin) times what its lowest
 * positive does. Mined once, from the documents that are relevant to other training queries.
 */
export interface MinedNegatives {
  /** Documents a query, a whole number from 1; a query has fewer where no more keep the margin. */
  readonly mine: number;
  /** From 0, below 1. Default 0.05. */
  readonly relativeMargin?: number;
}

/** Negatives with their defaults. */
export interface CheckedNegatives {
  readonly kind: 'all' | 'batch' | 'mined';
  /** 0 unless they are mined. */
  readonly mine: number;
  readonly relativeMargin: number;
}

/**
 * Defaults filled in; no more are mined than there are documents.
 *
 * @param documents that negatives are taken from
 * @throws {OptionsError} on another name, and on numbers out of range
 */
export function checkedNegatives(negatives: Negatives, documents: number): CheckedNegatives {
  if (negatives === 'all' || negatives === 'batch') return { kind: negatives, mine: 0, relativeMargin: 0 };
  if (typeof negatives !== 'object' || negatives === null || !('mine' in negatives)) {
    throw new OptionsError(`negatives must be 'all', 'batch' or { mine: 4 }, got ${describeJson(negatives)}`);
  }
  const { mine, relativeMargin = 0.05 } = negatives;
  if (!Number.isSafeInteger(mine) || mine < 1) {
    throw new OptionsError(`negatives.mine must be a whole number from 1, got ${shown(mine)}`);
  }
  if (!(relativeMargin >= 0 && relativeMargin < 1)) {
    throw new OptionsError(`negatives.relativeMargin must be from 0 and below 1, got ${shown(relativeMargin)}`);
  }
  return { kind: 'mined', mine: Math.min(mine, documents), relativeMargin };
}

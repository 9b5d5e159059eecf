import {
  type RetrievalEvaluation,
  type RetrievalOptions,
  retrievalSteps,
} from '../../adapters/retrieval/evaluate-retrieval.js';
import { finishInTurns } from '../../adapters/retrieval/steps.js';
import { describeJson } from '../../data/json-row.js';
import { OptionsError } from '../../wasm/errors.js';
import { type Limits, requireAtMost } from '../limits.js';
import type { Fields } from '../posted.js';
import { qrelsField } from '../qrels-field.js';
import type { Route } from '../route.js';
import { vectorsField } from '../vectors-field.js';

/** Options of evaluateRetrieval that a request may set. */
const OPTIONS = ['k', 'metric', 'truncate', 'quantize'] as const satisfies readonly (keyof RetrievalOptions)[];

/** How well posted queries find their documents; of each query too where `perQuery` is true. */
export const evaluate: Route = {
  about: 'recall, precision, MRR, nDCG and MAP of posted queries, documents and qrels',
  fields: ['queries', 'documents', 'qrels', 'queryIds', 'documentIds', 'packed', 'perQuery', ...OPTIONS],
  array: null,
  answers: ['json'],
  async run({ fields, state, turns }) {
    const { perQuery = false } = fields;
    if (typeof perQuery !== 'boolean') {
      throw new OptionsError(`perQuery must be true or false, got ${describeJson(perQuery)}`);
    }
    const options = retrievalOptions(fields, state.limits);
    const found = await finishInTurns(retrievalSteps({ ...options, ...state.core }), turns);
    const { metrics, counts } = found;
    return { json: () => (perQuery ? { metrics, counts, perQuery: perQueryJson(found) } : { metrics, counts }) };
  },
};

function retrievalOptions(fields: Fields, limits: Limits): RetrievalOptions {
  const queries = vectorsField(fields, 'queries', limits, 'queryIds');
  const documents = vectorsField(fields, 'documents', limits, 'documentIds');
  const cutoffs: readonly unknown[] = Array.isArray(fields.k) ? fields.k : [fields.k];
  requireAtMost(cutoffs.length, limits.k, 'cut-offs k');
  for (const k of cutoffs) if (typeof k === 'number') requireAtMost(k, limits.k, 'documents of a ranking (k)');
  const asked = Object.fromEntries(
    OPTIONS.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  );
  return { ...asked, queries, documents, qrels: qrelsField(fields, queries, documents, limits) };
}

function perQueryJson({ perQuery: { ids, firstRelevant, metrics } }: RetrievalEvaluation): object {
  const lists = Object.entries(metrics).map(([name, values]) => [name, Array.from(values)]);
  return { ids, firstRelevant: Array.from(firstRelevant), metrics: Object.fromEntries(lists) };
}

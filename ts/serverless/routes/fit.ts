import { type AdapterFileOptions, checkedWeights } from '../../adapters/adapter.js';
import type { Weights } from '../../adapters/files/stored-weights.js';
import { type FitAdapterResult, fitAdapter } from '../../adapters/fit-adapter.js';
import { FIT_ADAPTER_OPTIONS, type FitAdapterOptions } from '../../adapters/training/fit-adapter-options.js';
import { OptionsError } from '../../wasm/errors.js';
import { type Limits, requireAtMost } from '../limits.js';
import { type Format, MEDIA_TYPES } from '../media-types.js';
import type { Fields } from '../posted.js';
import { qrelsField } from '../qrels-field.js';
import type { Answer, Route } from '../route.js';
import { vectorsField } from '../vectors-field.js';

/** Options of fitAdapter that a request has no say in. */
const OWN: readonly string[] = ['signal', 'onEpoch', 'deterministic'] satisfies (keyof FitAdapterOptions)[];
const OPTIONS = Object.keys(FIT_ADAPTER_OPTIONS).filter((name) => !OWN.includes(name));
const INPUTS = ['queries', 'documents', 'qrels', 'queryIds', 'documentIds', 'packed', 'weights'];

/** An adapter, trained on posted embeddings and what is relevant to what, with the report on held-out queries. */
export const fit: Route = {
  about: 'an adapter trained on posted queries, documents and qrels, with its report',
  fields: [...new Set([...INPUTS, ...OPTIONS])],
  array: null,
  answers: ['json', 'safetensors'],
  isLong: true,
  async run({ fields, state, format, signal }) {
    const file = fileOptions(fields, format);
    const options = fitOptions(fields, state.limits);
    const result = await fitAdapter({ ...options, ...state.core, signal });
    return fitAnswer(result, file);
  },
};

function fitOptions(fields: Fields, limits: Limits): FitAdapterOptions {
  const narrow = { ...limits, dims: Math.min(limits.dims, limits.fitDims) };
  const queries = vectorsField(fields, 'queries', narrow, 'queryIds');
  const documents = vectorsField(fields, 'documents', narrow, 'documentIds');
  requireModest(fields, limits);
  const asked = Object.fromEntries(Object.entries(fields).filter(([name]) => !INPUTS.includes(name)));
  return { ...asked, queries, documents, qrels: qrelsField(fields, queries, documents, limits) };
}

/** Of what time and memory grow with. */
function requireModest({ hidden, dims, negatives }: Fields, limits: Limits): void {
  if (typeof hidden === 'number') requireAtMost(hidden, limits.hidden, 'hidden units');
  if (Array.isArray(dims)) requireAtMost(dims.length, limits.sizes, 'sizes (dims)');
  const { mine } = (negatives ?? {}) as { readonly mine?: unknown };
  if (typeof mine === 'number') requireAtMost(mine, limits.k, 'mined negatives a query');
}

/** Before anything is trained. */
function fileOptions({ weights }: Fields, format: Format): AdapterFileOptions {
  if (weights === undefined) return {};
  const options = { weights: weights as Weights };
  if (checkedWeights(options) === 'f32' || format === 'safetensors') return options;
  throw new OptionsError(`weights are of the safetensors file: accept ${MEDIA_TYPES.safetensors}`);
}

function fitAnswer({ adapter, improved, reason, report }: FitAdapterResult, options: AdapterFileOptions): Answer {
  const { toString: table, ...numbers } = report;
  return {
    json: () => ({ improved, reason, report: numbers, text: table(), adapter: adapter.toJSON() }),
    safetensors: () => adapter.toBytes(options),
    headers: { 'kantorovich-improved': String(improved), 'kantorovich-reason': encodeURIComponent(reason) },
  };
}

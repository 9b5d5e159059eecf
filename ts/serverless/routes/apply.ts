import type { Adapter, AdapterJson, MapOptions } from '../../adapters/adapter.js';
import { loadAdapter } from '../../adapters/load-adapter.js';
import { OptionsError } from '../../wasm/errors.js';
import type { FunctionState } from '../function-state.js';
import { type Limits, requireAtMost } from '../limits.js';
import { isArray } from '../posted.js';
import type { Route } from '../route.js';
import { sidesInTurns } from '../sides-in-turns.js';
import { vectorsField } from '../vectors-field.js';

/**
 * Vectors of queries, of documents, or of both, as an adapter maps them; they go by the same names. The adapter is one of
 * the function's, by name, or posted: as JSON, or its file as a tensor of bytes.
 */
export const apply: Route = {
  about: 'queries or documents as an adapter maps them, one of the function or a posted one',
  fields: ['queries', 'documents', 'adapter', 'dims', 'packed'],
  array: 'queries',
  answers: ['json', 'npy', 'safetensors'],
  async run({ fields, state, turns }) {
    const { limits } = state;
    const adapter = await adapterOf(fields.adapter, state);
    const options = { ...state.core, ...(fields.dims !== undefined && { dims: fields.dims }) } as MapOptions;
    const read = (name: string) => () => vectorsField(fields, name, limits);
    return sidesInTurns(
      fields,
      { turns, limits },
      {
        queries: { read: read('queries'), map: (rows) => adapter.queries(rows, options) },
        documents: { read: read('documents'), map: (rows) => adapter.documents(rows, options) },
      },
    );
  },
};

async function adapterOf(given: unknown, state: FunctionState): Promise<Adapter> {
  if (typeof given !== 'object' || given === null) return state.adapter(given);
  return modest(postedAdapter(given), state.limits);
}

/** A small file can be wide: each row of vectors becomes as many numbers on its way through it. */
function modest(adapter: Adapter, limits: Limits): Adapter {
  const { dims, documentDims, sizes, rank, hidden } = adapter;
  const widest = Math.max(dims, documentDims, ...sizes, rank ?? 0, hidden ?? 0);
  requireAtMost(widest, limits.dims, 'numbers in a row, from inputs to outputs, of a posted adapter');
  return adapter;
}

function postedAdapter(given: object): Adapter {
  if (!isArray(given)) return loadAdapter(given as AdapterJson);
  if (given.data instanceof Uint8Array && given.shape.length === 1) return loadAdapter(given.data);
  throw new OptionsError(`adapter must be a file as one row of bytes (U8), got ${given.dtype} [${given.shape}]`);
}

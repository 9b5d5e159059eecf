import { checkOptions } from '../wasm/check-options.js';
import { CheckpointError, OptionsError } from '../wasm/errors.js';
import { type Adapter, type AdapterJson, adapterOf } from './adapter.js';
import { readAdapter } from './files/adapter-file.js';
import { adapterFromJson } from './files/adapter-json.js';

/** What the file must be for. */
export interface LoadAdapterOptions {
  /** The model whose vectors will be given to it. */
  readonly model?: string;
  /** What the model is given before each query. */
  readonly prefix?: string;
  /** Numbers in a query's vector. */
  readonly dims?: number;
}

/**
 * The adapter in the bytes of a file that `adapter.toBytes()` or the command line wrote, or in what `adapter.toJSON()` gave.
 * Nothing in it is executed.
 *
 * @throws {CheckpointError} on a file that is truncated, altered or no adapter, and on one for another model, prefix or
 * size of vectors than is asked for
 * @throws {OptionsError} on options that there are not
 */
export function loadAdapter(given: Uint8Array | AdapterJson, options: LoadAdapterOptions = {}): Adapter {
  if (typeof given !== 'object' || given === null) {
    throw new OptionsError(
      'loadAdapter takes the bytes of a file, a Uint8Array, or an adapter as JSON; in Node, readAdapterFile takes a path',
    );
  }
  checkOptions(options, { model: true, prefix: true, dims: true }, 'loadAdapter');
  const { heads, metadata } = given instanceof Uint8Array ? readAdapter(given) : adapterFromJson(given);
  for (const key of ['model', 'prefix', 'dims'] as const) {
    const wanted = options[key];
    const found = metadata[key];
    if (wanted === undefined || wanted === found) continue;
    const asked = `asked for is ${JSON.stringify(wanted)}`;
    throw new CheckpointError(
      found === null
        ? `the adapter's file does not say its ${key}, ${asked}: give ${key} when it is trained, or do not ask`
        : `the adapter is for ${key} ${JSON.stringify(found)}, ${asked}: train one for it`,
    );
  }
  return adapterOf(heads, metadata);
}

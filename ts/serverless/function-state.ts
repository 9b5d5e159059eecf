import type { Adapter } from '../adapters/adapter.js';
import { describeJson } from '../data/json-row.js';
import type { Embedder } from '../training/embedder.js';
import type { CoreOptions } from '../wasm/core.js';
import { DataError, OptionsError, StateError } from '../wasm/errors.js';
import type { CheckedHandler, FileSource } from './handler-options.js';
import { type HeldBytes, heldBytes } from './held-bytes.js';
import type { Limits } from './limits.js';
import { once } from './once.js';
import { RequestError } from './request-error.js';

/** What requests share; none of them changes it. */
export interface FunctionState {
  readonly limits: Limits;
  readonly core: CoreOptions;
  /**
   * @throws {RequestError} 404 where there is none, 503 where it cannot be loaded
   */
  model(): Promise<Embedder>;
  /**
   * The adapter of a name; the only one there is without.
   *
   * @throws {OptionsError} on a name that there is not, and without one where there are several or none
   * @throws {RequestError} 503 where it cannot be loaded
   */
  adapter(name?: unknown): Promise<Adapter>;
  readonly adapterNames: readonly string[];
  /** Counts one request's body among those in memory. */
  holdBody(): HeldBytes;
  /** After a fault of the core, which takes its instance along: what lives in it is disposed of, and loaded anew. */
  forgetModel(): void;
  /**
   * Runs a fit or a probe, where fewer than the limit run; the place is given back where the work ends.
   *
   * @throws {RequestError} 503 where as many run
   */
  inPlace<T>(work: () => Promise<T>): Promise<T>;
}

/** The state of one function, nothing of it loaded yet. */
export function functionState({ model, adapters, limits, core }: CheckedHandler): FunctionState {
  const kept =
    model === null
      ? null
      : once(
          () =>
            loaded('model', model, async (bytes) =>
              (await import('../training/embedder.js')).loadEmbedder(bytes, core),
            ),
          limits.seconds,
        );
  const keptAdapters = new Map(
    [...adapters].map(([name, source]) => [
      name,
      once(() => loaded(`adapter ${name}`, source, readAdapter), limits.seconds),
    ]),
  );
  const adapterNames = [...adapters.keys()];
  let running = 0;
  return {
    limits,
    core,
    adapterNames,
    holdBody: heldBytes(limits.bodiesBytes),
    async model() {
      if (kept !== null) return kept.get();
      throw new RequestError(404, 'this function has no model: createHandler takes one');
    },
    async adapter(name = adapterNames.length === 1 ? adapterNames[0] : undefined) {
      const found = typeof name === 'string' ? keptAdapters.get(name) : undefined;
      if (found !== undefined) return found.get();
      const known = adapterNames.length === 0 ? 'none: post one' : adapterNames.join(', ');
      throw new OptionsError(`adapter must name one that this function has (${known}), got ${describeJson(name)}`);
    },
    forgetModel: () =>
      void kept?.forget()?.then(
        (embedder) => embedder.dispose(),
        () => undefined,
      ),
    async inPlace(work) {
      if (running >= limits.fits) {
        throw new RequestError(503, `no more than ${limits.fits} fits or probes run here at a time: try again`, {
          'retry-after': '5',
        });
      }
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
      }
    },
  };
}

/** The code that reads a file is loaded with the first one. */
async function readAdapter(bytes: Uint8Array): Promise<Adapter> {
  return (await import('../adapters/load-adapter.js')).loadAdapter(bytes);
}

/** Whatever fails here is the function's affair: its cause may name places that callers need not know. */
async function loaded<T>(what: string, source: FileSource, read: (bytes: Uint8Array) => Promise<T>): Promise<T> {
  try {
    const bytes = typeof source === 'function' ? await source() : source;
    if (bytes instanceof ArrayBuffer) return await read(new Uint8Array(bytes));
    if (bytes instanceof Uint8Array) return await read(bytes);
    throw new DataError(`the source of the ${what} must give a file's bytes, got ${describeJson(bytes)}`);
  } catch (error) {
    // The core that is missing is no secret, and what to do about it is all that helps.
    if (error instanceof StateError) throw error;
    throw new RequestError(503, `the ${what} could not be loaded: the function's log says why`, {}, { cause: error });
  }
}

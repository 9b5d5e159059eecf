import { checkFunction, checkOptions, type KnownOptions } from '../wasm/check-options.js';
import type { CoreOptions } from '../wasm/core.js';
import { OptionsError } from '../wasm/errors.js';
import { shown } from '../wasm/shown.js';
import { checkedLimits, type Limits } from './limits.js';

/** The bytes of a file. */
export type FileBytes = Uint8Array | ArrayBuffer;

/** A file, or what fetches it from where it is kept: called at the first request that needs it, and again if it failed. */
export type FileSource = FileBytes | (() => FileBytes | Promise<FileBytes>);

/** What a function answers from. All of its state is here. */
export interface HandlerOptions extends CoreOptions {
  /** A trained model's safetensors, for `embed` and `score`. */
  readonly model?: FileSource;
  /** Adapters' safetensors by the names that `apply` knows them by. */
  readonly adapters?: Readonly<Record<string, FileSource>>;
  readonly limits?: Partial<Limits>;
  /** The path below which the routes lie, such as `/api`. Default `/`. */
  readonly base?: string;
  /** Told of each fault that was answered by 500 or 503, for the log: the answer itself says nothing of its cause. */
  readonly onError?: (error: unknown, request: Request) => void;
}

const KNOWN: KnownOptions<HandlerOptions> = {
  model: true,
  adapters: true,
  limits: true,
  base: true,
  onError: true,
  deterministic: true,
};

/** Options with their defaults. */
export interface CheckedHandler {
  readonly model: FileSource | null;
  readonly adapters: ReadonlyMap<string, FileSource>;
  readonly limits: Limits;
  /** Begins and ends with a slash. */
  readonly base: string;
  readonly onError: (error: unknown, request: Request) => void;
  readonly core: CoreOptions;
}

/**
 * Options checked, with their defaults.
 *
 * @throws {OptionsError} on options that there are not, sources that are neither bytes nor functions, and wrong limits
 */
export function checkedHandler(options: HandlerOptions): CheckedHandler {
  checkOptions(options, KNOWN, 'createHandler');
  const { model, adapters = {}, limits, base = '/', onError = () => undefined, deterministic = false } = options;
  checkFunction(options.onError, 'onError');
  if (model !== undefined) checkSource(model, 'model');
  if (typeof adapters !== 'object' || adapters === null) {
    throw new OptionsError(`adapters must be an object of names and sources, got ${shown(adapters)}`);
  }
  for (const [name, source] of Object.entries(adapters)) checkSource(source, `adapters.${name}`);
  if (typeof deterministic !== 'boolean') {
    throw new OptionsError(`deterministic must be true or false, got ${shown(deterministic)}`);
  }
  return {
    model: model ?? null,
    adapters: new Map(Object.entries(adapters)),
    limits: checkedLimits(limits),
    base: checkedBase(base),
    onError,
    core: { deterministic },
  };
}

/** As paths of requests come: escaped, without dots. */
function checkedBase(base: unknown): string {
  if (typeof base !== 'string' || !/^\/[^?#]*$/.test(base)) {
    throw new OptionsError(`base must be a path that begins with / and has no ? or #, got ${shown(base)}`);
  }
  const { pathname } = new URL(`http://function${base}`);
  return pathname.endsWith('/') ? pathname : `${pathname}/`;
}

function checkSource(source: unknown, name: string): void {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer || typeof source === 'function') return;
  throw new OptionsError(`${name} must be a file's bytes, or a function that gives them, got ${typeof source}`);
}

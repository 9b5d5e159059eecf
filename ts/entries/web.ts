import { type ModuleName, provideCore, providePart, supportsRelaxedSimd } from '../wasm/core.js';
import { InternalError } from '../wasm/errors.js';
import { compileEmbedded, type EmbeddedName } from './embedded.js';
import { checkLoadOptions, type LoadOptions } from './load.js';

export type { LoadOptions } from './load.js';
export * from './public.js';

const addresses: Readonly<Record<ModuleName, URL>> = {
  simd128: new URL('../wasm/build/kantorovich.simd128.wasm', import.meta.url),
  relaxed: new URL('../wasm/build/kantorovich.relaxed.wasm', import.meta.url),
  evaluation: new URL('../wasm/build/kantorovich.evaluation.wasm', import.meta.url),
  transport: new URL('../wasm/build/kantorovich.transport.wasm', import.meta.url),
  tensors: new URL('../wasm/build/kantorovich.tensors.wasm', import.meta.url),
  'tensors-relaxed': new URL('../wasm/build/kantorovich.tensors-relaxed.wasm', import.meta.url),
};

/**
 * Whether a bundler took this file elsewhere and left the .wasm files behind, as esbuild and Rollup do: the addresses
 * above are then what they would be without it, and nothing is there.
 */
const isAlone = ((here: string) => {
  const isMoved = !here.endsWith('/entries/web.js');
  return isMoved && addresses.simd128.href === new URL('../wasm/build/kantorovich.simd128.wasm', here).href;
})(import.meta.url);

type Source = () => Promise<WebAssembly.Module>;

/** Whoever asks, a module is fetched once, unless that failed. */
function once(source: Source): Source {
  let under: Promise<WebAssembly.Module> | null = null;
  return () => {
    under ??= source();
    under.catch(() => {
      under = null;
    });
    return under;
  };
}

const source = (name: EmbeddedName): Source => once(() => (isAlone ? compileEmbedded(name) : compile(addresses[name])));

const isRelaxed = supportsRelaxedSimd() && !isAlone;

const files: Readonly<Record<EmbeddedName, Source> & Partial<Record<ModuleName, Source>>> = {
  simd128: source('simd128'),
  ...(isRelaxed && { relaxed: once(() => compile(addresses.relaxed)) }),
  evaluation: source('evaluation'),
  transport: source('transport'),
  tensors: source('tensors'),
  ...(isRelaxed && { 'tensors-relaxed': once(() => compile(addresses['tensors-relaxed'])) }),
};

let isProvided = false;

/**
 * Fetches and compiles the core; await it once before anything else. Everything after it is synchronous.
 *
 * @throws {InternalError} naming the address and what was found there, where it is no .wasm file
 */
export async function load(options: LoadOptions = {}): Promise<void> {
  checkLoadOptions(options);
  const [simd128, relaxed, evaluation, transport, tensors, relaxedTensors] = await Promise.all([
    files.simd128(),
    files.relaxed?.(),
    options.evaluation || options.tfjs ? files.evaluation() : undefined,
    options.evaluation ? files.transport() : undefined,
    options.tfjs ? files.tensors() : undefined,
    options.tfjs ? files['tensors-relaxed']?.() : undefined,
  ]);
  // A second call only adds: what was made meanwhile lives on in the same instances.
  if (!isProvided) provideCore({ simd128: () => simd128, ...(relaxed !== undefined && { relaxed: () => relaxed }) });
  isProvided = true;
  if (evaluation !== undefined) providePart('evaluation', () => evaluation);
  if (transport !== undefined) providePart('transport', () => transport);
  if (tensors !== undefined) providePart('tensors', () => tensors);
  if (relaxedTensors !== undefined) providePart('tensors-relaxed', () => relaxedTensors);
}

async function compile(address: URL): Promise<WebAssembly.Module> {
  const response = await request(address);
  // Some servers know no type for .wasm, and some answer every address that they do not know with a page.
  if (!response.ok || response.headers.get('content-type') !== 'application/wasm')
    return compileBody(address, response);
  try {
    return await WebAssembly.compileStreaming(response);
  } catch {
    return compileBody(address, await request(address));
  }
}

async function request(address: URL): Promise<Response> {
  try {
    return await fetch(address);
  } catch (cause) {
    throw new InternalError(`${address} cannot be fetched: ${cause}`, { cause });
  }
}

async function compileBody(address: URL, response: Response): Promise<WebAssembly.Module> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const magic = [0x00, 0x61, 0x73, 0x6d];
  if (!response.ok || magic.some((byte, i) => bytes[i] !== byte)) {
    const found = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw new InternalError(
      `${address} answered ${response.status} with bytes ${found}, expected a .wasm file (00 61 73 6d)`,
    );
  }
  return WebAssembly.compile(bytes);
}

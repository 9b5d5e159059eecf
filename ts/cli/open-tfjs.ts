import { loadOptionalPackage } from '../data/optional-package.js';

/** The backends of TensorFlow.js that commands know. */
export const tfjsBackends = ['wasm', 'cpu'] as const;

/** One of them. */
export type TfjsBackend = (typeof tfjsBackends)[number];

/** What TensorFlow.js is to compute with. */
export interface TfjsSetting {
  /** Default wasm, cpu where that is not installed. */
  readonly backend?: TfjsBackend | undefined;
  readonly deterministic?: boolean | undefined;
  /** Told what the user should know. */
  note(text: string): void;
}

/** What a flag's help says of the backend. */
export const BACKEND_HELP = 'what models of TensorFlow.js compute on (default: wasm where it is installed, else cpu)';

const PURPOSE = 'an encoder of TensorFlow.js';

/**
 * Loads TensorFlow.js with a backend, on wasm with the kernels of this library, and with this library's layers and
 * constraints, which files may name; nothing else loads it.
 *
 * @throws {DataError} where a package is missing, saying how to install it
 */
export async function openTfjs({ backend, deterministic = false, note }: TfjsSetting): Promise<void> {
  const load = () =>
    Promise.all([
      import('../tfjs/set-backend.js'),
      import('../tfjs/kernels/register-kernels.js'),
      import('../tfjs/exchange/own-classes.js'),
    ]);
  const [{ setBackend }, { registerKernels }] = await loadOptionalPackage('@tensorflow/tfjs', PURPOSE, load);
  const name =
    backend ??
    (await importBackend('wasm').then(
      () => 'wasm' as const,
      () => 'cpu' as const,
    ));
  await importBackend(name);
  if (name === 'wasm') registerKernels({ deterministic });
  else if (backend === undefined)
    note('computing on the cpu backend: npm install @tensorflow/tfjs-backend-wasm is faster');
  await setBackend(name);
}

function importBackend(name: TfjsBackend): Promise<unknown> {
  const backend = `@tensorflow/tfjs-backend-${name}`;
  return loadOptionalPackage(backend, `--backend ${name}`, (): Promise<unknown> => import(backend));
}

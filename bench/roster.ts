import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Absence, type EngineSpec, openRemote, type Remote } from './process/remote.js';

/** TensorFlow.js with this library's kernels and loss. */
export const withKernels = 'kantorovich-tfjs';

/** Engines that run in Node, ours first: a file each in `engines/`. */
export const nodeEngines: readonly string[] = [
  'kantorovich',
  'plain-js',
  'tfjs-cpu',
  'tfjs-wasm',
  withKernels,
  'jax-js',
];

/** This library in its experimental mode, on request: `engines/kantorovich-turbo.ts`. */
export const turbo = 'kantorovich-turbo';

/** Engines that run in Python: a file each in `peers/`. */
export const pythonEngines: readonly string[] = ['pytorch', 'jax', 'numpy'];

/** Which Python an engine runs in. `python3` unless given; a name such as `pytorch-2.15` is one more engine. */
export type Interpreters = ReadonlyMap<string, string>;

/** Every engine in the order of the tables; `withTurbo` right after ours. */
export function roster(interpreters: Interpreters = new Map(), withTurbo = false): readonly EngineSpec[] {
  const [first, ...rest] = nodeEngines;
  const inNode = withTurbo ? [first, turbo, ...rest] : nodeEngines;
  const more = [...interpreters.keys()].filter((name) => !pythonEngines.includes(name));
  const python = pythonEngines.flatMap((kind) => [kind, ...more.filter((name) => isOf(kind, name))]);
  return [
    ...inNode.map(engineSpec),
    ...python.map((name) => ({ name, command: pythonCommand(name, interpreters.get(name) ?? 'python3') })),
  ];
}

/** Whether `name` is `kind` itself or one more of it. */
export function isOf(kind: string, name: string): boolean {
  return name === kind || name.startsWith(`${kind}-`);
}

/** Starts all of them, each in its own process: those that are installed, in order, and those that aren't. */
export async function openEngines(
  specs: readonly EngineSpec[],
): Promise<{ readonly engines: readonly Remote[]; readonly absent: readonly Absence[] }> {
  const opened = await Promise.all(specs.map(openRemote));
  const absent = opened.filter((one) => 'absent' in one);
  return { engines: opened.filter((one) => 'prepare' in one), absent };
}

/** How an engine of `engines/` is started. */
export function engineSpec(name: string): EngineSpec {
  return { name, command: nodeCommand(name) };
}

function nodeCommand(engine: string): readonly string[] {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return [process.execPath, '--import', tsx, fileOf('process/child.ts'), engine];
}

function pythonCommand(name: string, interpreter: string): readonly string[] {
  const kind = pythonEngines.find((kind) => isOf(kind, name));
  return [interpreter, fileOf(`peers/${kind}_peer.py`)];
}

function fileOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

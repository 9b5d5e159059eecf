import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { installPackage } from '../../scripts/runtimes/install-package.js';
import { bundleWorker } from '../../scripts/runtimes/workerd.js';
import { arrayPairs, fit, type Matrix, type Tensor, writeSafetensors } from '../../ts/entries/node.js';
import { readSet } from '../adapters/sets.js';
import { normals, random } from '../random.js';

/** Where the functions that are measured lie, with the package installed beside them. */
export interface Project {
  readonly folder: string;
  /** What the model makes of the row in `request.json`, in the baseline build. */
  readonly embedding: readonly number[];
  /** Bytes of what is deployed to workerd, each file under gzip. */
  readonly bundle: ReadonlyMap<string, number>;
  remove(): Promise<void>;
}

const [INPUTS, ENCODER] = [384, '256-64'];

/** Makes it anew; `pairs` of the set `ts-messages` are what is fitted. */
export async function makeProject(pairs: number): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'kantorovich-')));
  await installPackage(folder);
  await cp(fileURLToPath(new URL('programs', import.meta.url)), folder, { recursive: true });
  const embedding = await writeModel(folder);
  await writeFile(join(folder, 'pairs.safetensors'), pairsFile(pairs));
  for (const name of ['embedding-worker', 'empty-worker']) {
    await mkdir(join(folder, name));
    await bundleWorker(join(folder, `${name}.mjs`), join(folder, name));
  }
  await bundleFunction(folder, 'function', []);
  await bundleFunction(folder, 'function-deno', ['deno']);
  const bundle = await compressed(join(folder, 'embedding-worker'));
  return { folder, embedding, bundle, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The recipe of docs/serverless.md: what an embedding needs in few files, and the .wasm where it looks for them. */
async function bundleFunction(folder: string, name: string, conditions: string[]): Promise<void> {
  await build({
    entryPoints: [join(folder, 'embedding.mjs')],
    outdir: join(folder, 'deployed', name),
    outExtension: { '.js': '.mjs' },
    conditions,
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  await cp(join(folder, 'node_modules/kantorovich/dist/wasm/build'), join(folder, 'deployed/wasm/build'), {
    recursive: true,
  });
}

/** A model, a request for it, and its answer. */
async function writeModel(folder: string): Promise<readonly number[]> {
  const rows = normalRows(64);
  const { model } = await fit({
    ...{ pairs: arrayPairs({ x: rows, y: rows }), encoder: ENCODER, batch: 16, steps: 2, deterministic: true },
  });
  const x = [Array.from(rows.data.subarray(0, INPUTS))];
  const embedding = Array.from(model.embedX(x).data);
  await writeFile(join(folder, 'model.safetensors'), model.toBytes());
  await writeFile(join(folder, 'request.json'), JSON.stringify({ x }));
  model.dispose();
  return embedding;
}

function normalRows(rows: number): Matrix {
  return { data: normals(random(1), rows * INPUTS), rows, cols: INPUTS };
}

function pairsFile(count: number): Uint8Array {
  const { queries, documents } = readSet('ts-messages');
  const first = ({ data, cols }: Matrix): Tensor => ({
    ...{ dtype: 'F32', shape: [count, cols], data: data.subarray(0, count * cols) },
  });
  const tensors = new Map([['queries', first(queries)] as const, ['documents', first(documents)] as const]);
  return writeSafetensors(tensors, { fields: JSON.stringify({ qrels: 'pairs' }) });
}

/** What is the function's own, not its model, counts. */
async function compressed(folder: string): Promise<ReadonlyMap<string, number>> {
  const names = (await readdir(folder)).filter((name) => /\.(js|wasm)$/.test(name));
  const sizes = names.map(async (name): Promise<[string, number]> => {
    return [name.replace(/-[A-Z0-9]{8}\./, '.'), gzipSync(await readFile(join(folder, name)), { level: 9 }).length];
  });
  return new Map(await Promise.all(sizes));
}

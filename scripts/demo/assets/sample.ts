import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNpy } from '../../../ts/data/npy.js';
import { writeSafetensors } from '../../../ts/data/safetensors.js';
import { DataError } from '../../../ts/wasm/errors.js';

/** Compiler messages in German (queries) and English (documents), as MiniLM embeds them: bench/data/adapters/README.md. */
const SET = fileURLToPath(new URL('../../../bench/data/adapters/ts-messages/', import.meta.url));
/** Enough for a verdict, few enough for a page. */
const PAIRS = 600;

/** Writes `sample-queries.safetensors` and `sample-documents.safetensors`: row i of one belongs to row i of the other. */
export async function writeSample(folder: string): Promise<void> {
  for (const side of ['queries', 'documents'] as const) {
    const bytes = await sampleRows(join(SET, `${side}.npy`));
    await writeFile(join(folder, `sample-${side}.safetensors`), bytes);
  }
}

/** Rows evenly from the whole file, as safetensors. */
async function sampleRows(path: string): Promise<Uint8Array> {
  const { shape, data } = readNpy(await readFile(path));
  const [rows, dims] = shape;
  if (!(data instanceof Int8Array)) throw new DataError(`${path}: expected int8 numbers`);
  const step = Math.floor(rows / PAIRS);
  const kept = new Int8Array(PAIRS * dims);
  for (let i = 0; i < PAIRS; i++) kept.set(data.subarray(i * step * dims, (i * step + 1) * dims), i * dims);
  return writeSafetensors(new Map([['embeddings', { dtype: 'I8', shape: [PAIRS, dims], data: kept }]]));
}

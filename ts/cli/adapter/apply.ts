import { createReadStream } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Adapter } from '../../adapters/adapter.js';
import { readAdapterFile } from '../../adapters/files/read-adapter-file.js';
import { checkedSize } from '../../adapters/heads/truncation.js';
import { type EmbeddingLineReader, embeddingLineReader } from '../../adapters/inputs/embedding-lines.js';
import type { EmbeddingRow } from '../../adapters/inputs/embedding-rows.js';
import { openAtomicFile } from '../../data/atomic-file.js';
import { fileError } from '../../data/file-error.js';
import { FLOAT32_BYTES, writeFloat32 } from '../../data/float32-decimal.js';
import { DataError, OptionsError } from '../../wasm/errors.js';
import { type Matrix, matrix } from '../../wasm/matrix.js';
import { wholeNumber } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { formatCount } from '../format.js';
import { jsonLine } from '../json-lines.js';
import { interruptible } from '../signals.js';
import { isRedrawable } from '../terminal.js';
import { clearLine } from './fit-output.js';

interface ApplyOptions {
  readonly input: string;
  readonly side: 'query' | 'document';
  readonly dims?: number;
  readonly model?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const BLOCK = 512;

/** How long a reader may take after a signal. */
const DRAIN_MS = 500;

/** Adds `kantorovich adapter apply`. */
export function addApply(parent: Command, setExit: (code: ExitCode) => void): void {
  parent
    .command('apply')
    .summary('map embeddings by an adapter')
    .description(
      'Reads lines {"id": ..., "embedding": [numbers]} and writes the same with adapted embeddings of length 1, in ' +
        'order and as they come, in bounded memory; other fields are left out. Lines may be answers of an embedding API.',
    )
    .argument('<adapter>', 'the file that adapter fit wrote')
    .option('--input <file>', 'the lines; - is standard input', '-')
    .addOption(
      new Option('--side <side>', 'what the embeddings are of').choices(['query', 'document']).default('query'),
    )
    .option('--dims <number>', 'one of the sizes of a Matryoshka adapter (default: the largest)', wholeNumber(1))
    .option('--model <name>', 'refuse an adapter for another model')
    .option('--out <file>', 'write the lines to a file, which appears when they are whole (default: standard output)')
    .option('--json', 'with --out: print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ kantorovich adapter apply faq.adapter.safetensors < queries.jsonl > adapted.jsonl',
    )
    .action(async (path: string, options: ApplyOptions) => {
      setExit(await apply(path, options));
    });
}

async function apply(path: string, options: ApplyOptions): Promise<ExitCode> {
  const { input, side, dims, model, out, json = false } = options;
  if (json && out === undefined) throw new OptionsError('--json prints a summary: give --out FILE for the lines');
  const adapter = await readAdapterFile(path, model === undefined ? {} : { model });
  const size = checkedSize(dims, adapter.sizes);
  if (input === '-' && process.stdin.isTTY) {
    throw new OptionsError('no lines on standard input: redirect a file to it, or give --input FILE');
  }
  const name = input === '-' ? 'standard input' : input;
  const file = out === undefined ? null : await openAtomicFile(out);
  const stream = input === '-' ? process.stdin : createReadStream(input);
  const interruption = interruptible(clearLine);
  const { signal } = interruption;
  signal.addEventListener('abort', () => stream.destroy());
  let rows = 0;
  const write = async (some: readonly EmbeddingRow[]): Promise<void> => {
    const lines = linesOf(mapped(adapter, { side, size }, some, name), some);
    await (file === null ? print(lines, signal) : file.write(lines));
    rows += some.length;
    showRows(rows);
  };
  try {
    await inBlocks(stream, embeddingLineReader(name), write).catch((error: unknown) => {
      // A stream that a signal ended throws; what is written is whole lines.
      if (signal.aborted) return;
      throw error instanceof Error && 'syscall' in error ? fileError('read', name, error) : error;
    });
    clearLine();
    const exitCode = interruption.exitCode();
    if (exitCode !== null) {
      await file?.discard();
      // A reader that takes nothing more would keep the process.
      if (process.stdout.writableLength > 0 && !(await hasDrained())) process.exit(exitCode);
      return exitCode;
    }
    await file?.commit();
    if (out !== undefined)
      process.stdout.write(json ? jsonLine({ out, rows, side }) : `wrote ${rows} lines to ${out}\n`);
    return EXIT.ok;
  } catch (error) {
    await file?.discard();
    throw error;
  } finally {
    interruption.dispose();
  }
}

/** Hands over rows in blocks, as the stream gives them. */
async function inBlocks(
  stream: AsyncIterable<unknown>,
  reader: EmbeddingLineReader,
  write: (rows: readonly EmbeddingRow[]) => Promise<void>,
): Promise<void> {
  let waiting: EmbeddingRow[] = [];
  const flush = async (): Promise<void> => {
    if (waiting.length > 0) await write(waiting);
    waiting = [];
  };
  const take = async (rows: readonly EmbeddingRow[]): Promise<void> => {
    for (const row of rows) {
      waiting.push(row);
      if (waiting.length === BLOCK) await flush();
    }
  };
  // A stream without an encoding gives bytes.
  for await (const chunk of stream) await take(reader.push(chunk as Uint8Array));
  await take(reader.finish());
  await flush();
}

/** One line on a terminal, drawn anew, where the lines themselves do not go there. */
function showRows(rows: number): void {
  if (!isRedrawable(process.stderr) || process.stdout.isTTY) return;
  process.stderr.write(`\r\x1b[K${formatCount(rows)} embeddings`);
}

function mapped(
  adapter: Adapter,
  { side, size }: { readonly side: ApplyOptions['side']; readonly size: number },
  rows: readonly EmbeddingRow[],
  name: string,
): Matrix {
  const dims = side === 'query' ? adapter.dims : adapter.documentDims;
  const data = new Float32Array(rows.length * dims);
  rows.forEach(({ embedding, place }, i) => {
    if (embedding.length !== dims) {
      throw new DataError(
        `${name}: ${place}: the adapter takes embeddings of ${dims} numbers, got ${embedding.length}`,
      );
    }
    data.set(embedding, i * dims);
  });
  const some = matrix(data, rows.length, dims);
  return (side === 'query' ? adapter.queries : adapter.documents)(some, { dims: size });
}

/** What stands after an id, and at the end. */
const [OPENING, CLOSING] = ['"embedding":[', ']}\n'].map((text) => Buffer.from(text));
const COMMA = 0x2c;

/** The lines as bytes: numbers as text in between would take most of the time. */
function linesOf({ data, cols }: Matrix, rows: readonly EmbeddingRow[]): Uint8Array {
  const starts = rows.map(({ id }) => Buffer.from(id === undefined ? '{' : `{"id":${JSON.stringify(id)},`));
  const room = starts.reduce((sum, { length }) => sum + length + OPENING.length + CLOSING.length, 0);
  const bytes = new Uint8Array(room + data.length * (FLOAT32_BYTES + 1));
  let at = 0;
  const put = (some: Uint8Array): void => {
    bytes.set(some, at);
    at += some.length;
  };
  starts.forEach((start, row) => {
    put(start);
    put(OPENING);
    for (let k = row * cols; k < (row + 1) * cols; k++) {
      if (k > row * cols) bytes[at++] = COMMA;
      at = writeFloat32(bytes, at, data[k]);
    }
    put(CLOSING);
  });
  return bytes.subarray(0, at);
}

/** Waits until standard output has room, so that nothing piles up, or will have none any more. */
function print(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  if (process.stdout.write(bytes) || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      process.stdout.off('drain', end).off('close', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    process.stdout.once('drain', end).once('close', end);
    signal.addEventListener('abort', end, { once: true });
  });
}

/** Whether a reader takes what stands in standard output, so that lines end whole, before long. */
function hasDrained(): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isDrained: boolean) => {
      clearTimeout(timer);
      resolve(isDrained);
    };
    const timer = setTimeout(end, DRAIN_MS, false);
    process.stdout.write('', () => end(true));
  });
}

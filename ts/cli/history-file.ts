import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { writeFileAtomically } from '../data/atomic-file.js';
import { fileError } from '../data/file-error.js';
import type { JsonValue } from '../data/json-text.js';
import { jsonLine } from './json-lines.js';

/** A run's history on disk, one JSON line a step. */
export interface HistoryFile {
  append(entry: { readonly [name: string]: JsonValue | undefined }): void;
  /** Puts what was appended on the disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a history for the steps after `step`: what it holds of later ones, which a checkpoint has not seen, is dropped.
 *
 * @throws {FileError} where it cannot be read or written
 */
export async function openHistory(path: string, step: number): Promise<HistoryFile> {
  await writeFileAtomically(path, step === 0 ? '' : await linesUpTo(path, step));
  const file = await open(path, 'a').catch((error: unknown) => {
    throw fileError('write', path, error);
  });
  return bufferedLines(file, path);
}

function bufferedLines(file: FileHandle, path: string): HistoryFile {
  let pending = '';
  const flush = async () => {
    const text = pending;
    pending = '';
    await file.appendFile(text).catch((error: unknown) => {
      throw fileError('write', path, error);
    });
  };
  return {
    append: (entry) => {
      pending += jsonLine(entry);
    },
    flush,
    close: async () => {
      await flush().finally(() => file.close());
    },
  };
}

async function linesUpTo(path: string, step: number): Promise<string> {
  let kept = '';
  try {
    for await (const line of createInterface({ input: createReadStream(path) })) {
      if (stepOf(line) <= step) kept += `${line}\n`;
    }
  } catch (error) {
    // A history that was removed begins again; the checkpoint does not need it.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw fileError('read', path, error);
  }
  return kept;
}

/** The step of a line; infinite for a last line that a kill cut short. */
function stepOf(line: string): number {
  try {
    const { step } = JSON.parse(line);
    return typeof step === 'number' ? step : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

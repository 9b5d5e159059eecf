import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '../../data/atomic-file.js';
import { FileError, fileError } from '../../data/file-error.js';
import type { JsonValue } from '../../data/json-text.js';
import { jsonLine } from '../json-lines.js';
import type { Provenance } from './provenance.js';

/** Whatever a result depends on, as plain data: a run with another key is another run. */
export type RunKey = { readonly [name: string]: JsonValue };

/** A finished run. */
export interface StudyResult {
  readonly key: RunKey;
  readonly result: JsonValue;
  readonly madeBy: Provenance;
}

/** The finished runs of a study, on disk: one JSON line each. */
export interface ResultsFile {
  readonly path: string;
  all(): readonly StudyResult[];
  find(key: RunKey): StudyResult | undefined;
  /** Keeps a run: the file is written anew under another name and renamed, so that a kill leaves the old or the new. */
  save(result: StudyResult): Promise<void>;
}

/**
 * Opens a results file, which need not exist yet.
 *
 * @throws {FileError} where it cannot be read, or a line of it is no result
 */
export async function openResults(path: string): Promise<ResultsFile> {
  const results = new Map<string, StudyResult>();
  for (const result of parseLines(await readText(path), path)) results.set(textOf(result.key), result);
  let writing = Promise.resolve();
  return {
    path,
    all: () => [...results.values()],
    find: (key) => results.get(textOf(key)),
    save: (result) => {
      results.set(textOf(result.key), result);
      const text = [...results.values()].map((each) => jsonLine({ ...each, madeBy: { ...each.madeBy } })).join('');
      // Two runs that end together must not write at once.
      writing = writing.then(() => writeFileAtomically(path, text));
      return writing;
    },
  };
}

function textOf(key: RunKey): string {
  return JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw fileError('read', path, error);
  }
}

function parseLines(text: string, path: string): readonly StudyResult[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line, i) => {
    try {
      const parsed: StudyResult = JSON.parse(line);
      if (typeof parsed.key === 'object' && parsed.key !== null && 'result' in parsed) return parsed;
    } catch {
      // Said below, with the line.
    }
    throw new FileError(`${path}, line ${i + 1}, is no result of a study: mend the line or remove the file`);
  });
}

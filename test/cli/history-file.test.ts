import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openHistory } from '../../ts/cli/history-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const temporary = temporaryFolder();

async function write(path: string, after: number, steps: readonly number[]): Promise<void> {
  const history = await openHistory(path, after);
  for (const step of steps) history.append({ step });
  await history.close();
}

it('goes on after a checkpoint without the steps that were lost', async () => {
  const path = join(temporary(), 'history.jsonl');
  await write(path, 0, [1, 2, 3, 4]);
  await appendFile(path, '{"step": 5, "lo');
  await write(path, 2, [3, 4]);
  expect(await readFile(path, 'utf8')).toBe('{"step":1}\n{"step":2}\n{"step":3}\n{"step":4}\n');
});

it('begins anew with a new run, and where the old file is gone', async () => {
  const path = join(temporary(), 'history.jsonl');
  await write(path, 7, [8]);
  expect(await readFile(path, 'utf8')).toBe('{"step":8}\n');
  await write(path, 0, [1]);
  expect(await readFile(path, 'utf8')).toBe('{"step":1}\n');
});

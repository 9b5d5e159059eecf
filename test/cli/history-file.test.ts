import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openHistory } from '../../ts/cli/history-file.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kantorovich-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, after: number, steps: readonly number[]): Promise<void> {
  const history = await openHistory(path, after);
  for (const step of steps) history.append({ step });
  await history.close();
}

it('goes on after a checkpoint without the steps that were lost', async () => {
  const path = join(folder, 'history.jsonl');
  await write(path, 0, [1, 2, 3, 4]);
  await appendFile(path, '{"step": 5, "lo');
  await write(path, 2, [3, 4]);
  expect(await readFile(path, 'utf8')).toBe('{"step":1}\n{"step":2}\n{"step":3}\n{"step":4}\n');
});

it('begins anew with a new run, and where the old file is gone', async () => {
  const path = join(folder, 'history.jsonl');
  await write(path, 7, [8]);
  expect(await readFile(path, 'utf8')).toBe('{"step":8}\n');
  await write(path, 0, [1]);
  expect(await readFile(path, 'utf8')).toBe('{"step":1}\n');
});

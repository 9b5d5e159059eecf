import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Provenance } from '../../../ts/cli/studies/provenance.js';
import { openResults } from '../../../ts/cli/studies/results-file.js';
import { FileError } from '../../../ts/data/file-error.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const temporary = temporaryFolder();
const path = () => join(temporary(), 'results.jsonl');
const madeBy: Provenance = { version: '0', commit: 'abc', node: '20', machine: 'a machine', date: '2026-01-01' };

describe('openResults', () => {
  it('keeps runs by their keys, whatever the order of the fields, and reads them again', async () => {
    const results = await openResults(path());
    expect(results.all()).toEqual([]);
    await results.save({ key: { a: 1, b: [2, 3] }, result: { accuracy: 0.5 }, madeBy });
    await results.save({ key: { a: 2, b: [2, 3] }, result: { accuracy: 0.75 }, madeBy });
    const again = await openResults(path());
    expect(again.all()).toHaveLength(2);
    expect(again.find({ b: [2, 3], a: 1 })).toEqual({ key: { a: 1, b: [2, 3] }, result: { accuracy: 0.5 }, madeBy });
    expect(again.find({ a: 1, b: [3, 2] })).toBeUndefined();
  });

  it('puts a run of the same key in the place of the old one', async () => {
    const results = await openResults(path());
    await results.save({ key: { a: 1 }, result: 1, madeBy });
    await results.save({ key: { a: 1 }, result: 2, madeBy });
    expect((await openResults(path())).all().map(({ result }) => result)).toEqual([2]);
  });

  it('holds every run when several are saved at once, and leaves no other file', async () => {
    const results = await openResults(path());
    await Promise.all(Array.from({ length: 20 }, (_, i) => results.save({ key: { i }, result: i, madeBy })));
    expect((await openResults(path())).all()).toHaveLength(20);
    expect(await readdir(temporary())).toEqual(['results.jsonl']);
  });

  it('refuses a line that is no result, by its number', async () => {
    const results = await openResults(path());
    await results.save({ key: { a: 1 }, result: 1, madeBy });
    const whole = await readFile(path(), 'utf8');
    for (const line of ['{"key":{"a":2},"resu', '{"key":1}', '[]']) {
      await writeFile(path(), `${whole}${line}\n`);
      await expect(openResults(path())).rejects.toThrow(FileError);
      await expect(openResults(path())).rejects.toThrow(/line 2, is no result/);
    }
  });
});

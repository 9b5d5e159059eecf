import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { provenance, provenanceText } from '../../../ts/cli/studies/provenance.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

it('names version, runtime, machine and day', () => {
  const made = provenance();
  expect(made).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/), node: process.versions.node });
  expect(made.machine).toMatch(/, \d+ threads$/);
  expect(made.date).toMatch(/^\d{4}-\d\d-\d\d$/);
});

it.skipIf(!existsSync(`${root}/.git`))(
  'names the commit in a repository, marked where sources were changed since',
  () => {
    const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' });
    const { commit } = provenance();
    expect(head.startsWith((commit ?? '').replace(/\+$/, ''))).toBe(true);
    expect(commit).toMatch(/^[0-9a-f]{10}\+?$/);
  },
);

it('leaves out of its line what it does not know', () => {
  const made = { version: '1', commit: null, node: '20', machine: 'm', date: 'd' };
  expect(provenanceText(made)).toBe('kantorovich 1, Node 20, m, d');
  expect(provenanceText({ ...made, commit: 'abc' })).toBe('kantorovich 1 (commit abc), Node 20, m, d');
});

import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { spawnCli } from '../spawn-cli.js';

const temporary = temporaryFolder();

it.each([
  ['fit', (input: string) => ['--queries', input, '--documents', 'none.npy', '--qrels', 'pairs']],
  ['migrate', (input: string) => ['--from', 'none.npy', '--to', input]],
] as const)('adapter %s does not write where it reads, nor through a link', async (verb, inputs) => {
  const [input, link] = [join(temporary(), 'q.npy'), join(temporary(), 'link.npy')];
  await writeFile(input, 'vectors');
  await symlink(input, link);
  for (const out of [input, link]) {
    const { code, stderr } = await spawnCli(['adapter', verb, ...inputs(input), '--out', out]);
    expect([code, stderr]).toEqual([2, `kantorovich: --out ${out} is an input: give another file\n`]);
  }
  expect(await readFile(input, 'utf8')).toBe('vectors');
});

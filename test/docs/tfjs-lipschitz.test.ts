import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kantorovich-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(process.cwd(), join(folder, 'node_modules/kantorovich'));
  await symlink(join(process.cwd(), 'node_modules/@tensorflow'), join(folder, 'node_modules/@tensorflow'));
  await writeFile(join(folder, 'package.json'), '{}');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the constraints of docs/tfjs.md', () => {
  it('run as they stand', async () => {
    const docs = await readFile('docs/tfjs.md', 'utf8');
    const [, section = ''] = /^## Lipschitz\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(docs) ?? [];
    const recipes = [...section.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
    expect(recipes).toHaveLength(2);
    for (const [at, code] of recipes.entries()) {
      const file = join(folder, `recipe-${at}.mjs`);
      await writeFile(file, code);
      const { stdout } = await run(process.execPath, [file], { cwd: folder });
      expect(stdout.trim().split('\n').at(-1)).toBe('true');
    }
  });
});

import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = process.cwd();
const folder = temporaryFolder();

it("README's recipe of workers runs as it stands, and ends by itself", async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const recipes = [...readme.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  const recipe = recipes.find((code) => code.includes("from 'kantorovich/workers'")) ?? '';
  await mkdir(join(folder(), 'node_modules'));
  await symlink(root, join(folder(), 'node_modules/kantorovich'));
  await writeFile(join(folder(), 'package.json'), '{}');
  await writeFile(join(folder(), 'recipe.mjs'), recipe);
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder(), 'recipe.mjs')]);
  const lines = stdout.trim().split('\n');
  expect(Number(lines[0])).toBeGreaterThan(0);
  expect(stdout).toContain('embeddings of 64 numbers');
  expect(stdout).toMatch(/^300 \d/m);
});

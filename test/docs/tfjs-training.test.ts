import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = process.cwd();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kantorovich-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules/kantorovich'));
  await symlink(join(root, 'node_modules/@tensorflow'), join(folder, 'node_modules/@tensorflow'));
  await writeFile(join(folder, 'package.json'), '{}');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('the training of docs/tfjs.md runs as it stands, and is certified', async () => {
  const docs = await readFile(join(root, 'docs/tfjs.md'), 'utf8');
  const [, code = ''] = /^## Training\n[\s\S]*?^```js\n([\s\S]*?)^```$/m.exec(docs) ?? [];
  const file = join(folder, 'training.mjs');
  await writeFile(file, code);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
  const [value = 0, constant = 0] = (stdout.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  expect(value).toBeGreaterThan(0);
  expect(constant).toBeGreaterThan(0);
  expect(constant).toBeLessThanOrEqual(1 + 1e-5);
});

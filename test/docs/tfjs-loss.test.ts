import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = process.cwd();

it('the loss of docs/tfjs.md trains a convolutional encoder as it stands', async () => {
  const docs = await readFile(join(root, 'docs/tfjs.md'), 'utf8');
  const [, code = ''] = /^## The loss\n[\s\S]*?^```js\n([\s\S]*?)^```$/m.exec(docs) ?? [];
  // Within the package, so that its own name resolves as it does for users.
  const path = join(root, 'dist', `.loss-${process.pid}.mjs`);
  await writeFile(path, code);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [path], { cwd: root });
    const [value, ceiling] = stdout.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
    expect(ceiling).toBe(Math.log(64));
    expect(value).toBeGreaterThan(2);
    expect(value).toBeLessThanOrEqual(ceiling + 1e-4);
  } finally {
    await rm(path, { force: true });
  }
});

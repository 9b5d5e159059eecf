import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installPackage } from '../../scripts/runtimes/install-package.js';
import { bundleWorker } from '../../scripts/runtimes/workerd.js';

let project = '';
beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'kantorovich-')));
  await installPackage(project);
});
afterAll(() => rm(project, { recursive: true, force: true }));

it('what a function with every route deploys is under 200 kB compressed', async () => {
  const [source, out] = [join(project, 'worker.mjs'), join(project, 'out')];
  await writeFile(
    source,
    `import { createHandler } from 'kantorovich/serverless';
    const handler = createHandler();
    export default { fetch: (request) => handler(request) };`,
  );
  await mkdir(out);
  await bundleWorker(source, out);
  const files = await Promise.all((await readdir(out)).map((name) => readFile(join(out, name))));
  expect(files).toHaveLength(2);
  expect(files.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0)).toBeLessThan(200_000);
});

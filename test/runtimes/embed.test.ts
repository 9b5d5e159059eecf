import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binaries } from '../../scripts/runtimes/binaries.js';
import { installPackage } from '../../scripts/runtimes/install-package.js';
import { bundleWorker, serveWorkerd } from '../../scripts/runtimes/workerd.js';
import { fit, loadModel } from '../../ts/entries/node.js';
import { gaussianPairs } from '../training/gaussian-pairs.js';

const run = promisify(execFile);
const rows = [
  [1, 2, 3, 4, 5],
  [-0.5, 0.25, 0, 1e-3, 7],
];

/** A trained model's file, and what it makes of the rows here. */
async function trainedHere() {
  const { model } = await fit({
    ...{ pairs: gaussianPairs(64, 5, 1), encoder: '8-3', batch: 16, steps: 20, deterministic: true },
    ...{ objective: 'wpc', critic: 'distance', lipschitz: 'orthonormal' },
  });
  const file = model.toBytes();
  model.dispose();
  return { file, embedding: [...loadModel(file, { deterministic: true }).embedX(rows).data] };
}

/** The library at the top level, the model as part of the program: it asks for nothing but its own .wasm. */
const program = (file: Uint8Array) => `
  import { load, loadModel } from 'kantorovich';
  const file = Uint8Array.of(${file.join()});
  export async function embed() {
    await load();
    return Response.json([...loadModel(file, { deterministic: true }).embedX(${JSON.stringify(rows)}).data]);
  }
`;

/** The same through the handler of functions, which prints where its entry lies too. */
const handled = (file: Uint8Array) => `
  import { createHandler } from 'kantorovich/serverless';
  const handler = createHandler({ model: Uint8Array.of(${file.join()}), deterministic: true });
  const [headers, body] = [{ 'content-type': 'application/json' }, '{"x":${JSON.stringify(rows)}}'];
  const response = await handler(new Request('http://function/embed', { method: 'POST', headers, body }));
  const { x } = await response.json();
  console.log(JSON.stringify({ x: x.flat().map(Math.fround), entry: import.meta.resolve('kantorovich/serverless') }));
`;

describe('S1: an embedding in another runtime', () => {
  let project = '';
  let installed = '';
  let expected: readonly number[] = [];
  const inProject = (name: string, text: string) => writeFile(join(project, name), text);

  beforeAll(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), 'kantorovich-')));
    installed = await installPackage(project);
    const { file, embedding } = await trainedHere();
    expected = embedding;
    await inProject('embed.mjs', program(file));
    await inProject('handled.mjs', handled(file));
    await inProject('main.mjs', `import { embed } from './embed.mjs';\nconsole.log(await (await embed()).text());`);
    await inProject('worker.mjs', `import { embed } from './embed.mjs';\nexport default { fetch: embed };`);
    await mkdir(join(project, 'out'));
    await bundleWorker(join(project, 'worker.mjs'), join(project, 'out'));
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it.each(['2024-11-01', '2026-11-01'])(
    'equals that in Node bit for bit in workerd, of the compatibility date %s',
    async (date) => {
      const { address, stop } = await serveWorkerd(join(project, 'out'), date);
      try {
        expect(await (await fetch(address)).json()).toEqual(expected);
      } finally {
        await stop();
      }
    },
  );

  /** What a program prints in Deno, which is asked for nothing but the package's .wasm. */
  async function printedByDeno(program: string): Promise<unknown> {
    const permissions = ['--no-prompt', '--no-remote', `--allow-read=${join(installed, 'dist/wasm/build')}`];
    const env = { ...process.env, DENO_DIR: join(project, 'deno'), DENO_NO_UPDATE_CHECK: '1' };
    const { stdout } = await run(binaries.deno, ['run', ...permissions, program], { cwd: project, env });
    return JSON.parse(stdout);
  }

  it('equals that in Node bit for bit in Deno, which is asked for nothing but its own .wasm', async () => {
    expect(await printedByDeno('main.mjs')).toEqual(expected);
  });

  it('equals that in Node bit for bit in a function of Deno, whose entry takes no module of Node', async () => {
    const answer = await printedByDeno('handled.mjs');
    expect(answer).toEqual({ x: expected, entry: expect.stringMatching(/serverless-deno\.js$/) });
  });

  it('equals that in Node bit for bit in Bun', async () => {
    const { stdout } = await run(binaries.bun, ['main.mjs'], { cwd: project });
    expect(JSON.parse(stdout)).toEqual(expected);
  });
});

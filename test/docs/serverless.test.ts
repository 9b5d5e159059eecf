import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { binaries } from '../../scripts/runtimes/binaries.js';
import { installPackage } from '../../scripts/runtimes/install-package.js';
import { bundleWorker, serveWorkerd } from '../../scripts/runtimes/workerd.js';
import { readNpyMatrix } from '../../ts/data/npy.js';
import { readSafetensors } from '../../ts/data/safetensors.js';
import { fitAdapter, loadAdapter } from '../../ts/entries/adapters.js';
import { DEFAULT_LIMITS, type Handler, type LambdaHandler } from '../../ts/entries/serverless.js';
import { ROUTES } from '../../ts/serverless/routes.js';
import { fit } from '../../ts/training/fit.js';
import type { Model } from '../../ts/training/model.js';
import { drawnAdapter } from '../adapters/drawn-adapter.js';
import { twoSpaces } from '../adapters/two-spaces.js';
import { eventOf } from '../serverless/hosts/lambda-event.js';
import { runtimeApi } from '../serverless/hosts/runtime-api.js';
import { sameBitsHandler } from '../serverless/trained.js';
import { expectClose } from '../support/close.js';
import { gaussianPairs } from '../training/gaussian-pairs.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(join(root, 'docs/serverless.md'), 'utf8');
const readme = await readFile(join(root, 'README.md'), 'utf8');
const run = promisify(execFile);
const hasCurl = (() => {
  try {
    return execFileSync('curl', ['--version'], { encoding: 'utf8' }).startsWith('curl');
  } catch {
    return false;
  }
})();

/** Every block of code in a language, as it stands. */
function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, code]) => code);
}

/** The sh blocks that hold this. */
const shell = (text: string, holding: string) => blocks(text, 'sh').filter((code) => code.includes(holding));

let project = '';
let model: Model;
const faq = drawnAdapter(8, 'query', null, 1);
const row = [0.1, 0.2, 0.3, 0.4];
let server: ChildProcess | undefined;

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'kantorovich-')));
  await installPackage(project);
  const source = { pairs: gaussianPairs(64, 4, 1), encoder: '5-3', batch: 8, steps: 10, deterministic: true };
  ({ model } = await fit(source));
  await mkdir(join(project, 'runs/first'), { recursive: true });
  for (const name of ['model.safetensors', 'runs/first/model.safetensors']) {
    await writeFile(join(project, name), model.toBytes());
  }
  await writeFile(join(project, 'faq.adapter.safetensors'), faq.toBytes());
  for (const code of [...blocks(page, 'js'), ...blocks(readme, 'js')]) {
    const name = /^\/\/ (\S+\.mjs)/.exec(code)?.[1];
    if (name !== undefined) await writeFile(join(project, name), code);
  }
});
afterEach(async () => {
  server?.kill();
  server = undefined;
});
afterAll(() => rm(project, { recursive: true, force: true }));

/** A port that is free right now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Starts a recipe on a port of its own, and waits until it answers. */
async function serve(command: readonly [string, ...string[]], file: string, env = {}): Promise<string> {
  const port = await freePort();
  const own = join(dirname(file), `on-${port}-${basename(file)}`);
  const code = await readFile(join(project, file), 'utf8');
  expect(code).toContain('8080');
  await writeFile(join(project, own), code.replace('8080', String(port)));
  const [binary, ...args] = command;
  let said = '';
  server = spawn(binary, [...args, own], {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server.stderr?.on('data', (text) => {
    said += text;
  });
  for (let tries = 0; tries < 400; tries++) {
    if (server.exitCode !== null) break;
    const isThere = await fetch(`http://localhost:${port}/`).then(
      () => true,
      () => false,
    );
    if (isThere) return `http://localhost:${port}`;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${file} did not start: ${said}`);
}

/** What a block prints, with the server's own port, command by command. */
async function printed(code: string, address: string): Promise<readonly string[]> {
  const commands = code.replaceAll('\\\n', ' ').trim().split('\n');
  const outputs: string[] = [];
  for (const command of commands) {
    const { stdout } = await run('sh', ['-c', command.replace('localhost:8080', address.slice('http://'.length))], {
      cwd: project,
    });
    outputs.push(stdout);
  }
  return outputs;
}

/** That a host answers: an embedding, a refusal, a fit and a probe, which need all of the core, and an array. */
async function expectServes(address: string): Promise<void> {
  const post = (path: string, body: unknown, accept = 'application/json') =>
    fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  expect((await post('/embed', '{"x": [[1')).status).toBe(400);
  const { x } = (await (await post('/embed', { x: [row] })).json()) as { x: number[][] };
  expectClose(x[0] ?? [], model.embedX([row]).data, { absolute: 1e-5 });
  const npy = await (await post('/embed', { x: [row] }, 'application/x-npy')).arrayBuffer();
  expectClose(readNpyMatrix(new Uint8Array(npy), 'x').data, model.embedX([row]).data, { absolute: 1e-5 });
  const { queries, documents, qrels } = twoSpaces(7);
  const fitted = await post('/fit', { queries, documents, qrels, maxEpochs: 2 });
  expect(await fitted.json()).toMatchObject({ improved: true, adapter: { dims: 8 } });
  const labels = queries.map(([first = 0]) => Number(first > 0));
  const probed = (await (await post('/probe', { features: queries, labels })).json()) as { accuracy: number };
  expect(probed.accuracy).toBeGreaterThan(0.8);
}

describe('docs/serverless.md', () => {
  it("has every route, field and limit, with the limits' defaults", async () => {
    for (const [name, load] of ROUTES) {
      const { fields } = await load();
      expect(page).toContain(`| \`/${name}\` |`);
      if (name === 'fit') continue;
      const unsaid = fields.filter(
        (field) => !page.includes(field) && !/^(validation|test)(Features|Labels)$/.test(field),
      );
      expect(unsaid).toEqual([]);
    }
    for (const [name, value] of Object.entries(DEFAULT_LIMITS)) {
      const text = /Bytes$/.test(name) ? `${value / 2 ** 20} MiB` : value.toLocaleString('en');
      expect(page).toContain(`| \`${name}\` | ${text} |`);
    }
  });

  it.skipIf(!hasCurl)('runs its lines for curl', async () => {
    const address = await serve([process.execPath], 'node.mjs');
    const [routes = ''] = shell(page, '/embed --json');
    const answers = (await printed(routes, address)).map((text) => JSON.parse(text));
    const [about, embedded, scored, applied, evaluated, probed] = answers;
    expect(Object.keys(about.routes)).toEqual([...ROUTES.keys()]);
    expectClose(embedded.x[0], model.embedX([row]).data, { absolute: 1e-5 });
    expectClose(scored.scores, model.score([row], [row.toReversed()]), { absolute: 1e-4 });
    expectClose(applied.queries[0], faq.query([1, 2, 3, 4, 5, 6, 7, 8]), { absolute: 1e-5 });
    expect(evaluated.metrics['MRR@1']).toBe(1);
    expect(probed.accuracy).toBe(1);
    const [fitted = ''] = shell(page, '/fit --data-binary');
    const [, , headers = ''] = await printed(fitted, address);
    expect(headers).toContain('kantorovich-improved: true');
    const { tensors } = readSafetensors(await readFile(join(project, 'pairs.safetensors')));
    const flat = (name: string) => ({ data: tensors.get(name)?.data as Float32Array, dims: 8 });
    const expected = await fitAdapter({
      queries: flat('queries'),
      documents: flat('documents'),
      qrels: 'pairs',
      seed: 1,
    });
    const file = await readFile(join(project, 'new.adapter.safetensors'));
    expect(loadAdapter(file).toBytes()).toEqual(expected.adapter.toBytes());
  });

  it('runs in one file', async () => {
    const [recipe = ''] = shell(page, 'npx esbuild');
    const esbuild = join(root, 'node_modules/.bin/esbuild');
    await run('sh', ['-ec', recipe.replace('npx esbuild', esbuild)], { cwd: project });
    await expectServes(await serve([process.execPath], 'deployed/function/node.mjs'));
  });

  it.skipIf(!hasCurl)('has in the README a function that runs', async () => {
    await expectServes(await serve([process.execPath], 'function.mjs'));
    const port = String(await freePort());
    const code = await readFile(join(project, 'function.mjs'), 'utf8');
    await writeFile(join(project, 'function.mjs'), code.replace('8080', port));
    const [asked = ''] = shell(readme, '/evaluate --json');
    const { stdout } = await run('sh', ['-c', `${asked.replace('8080', port)}\nkill $!`], { cwd: project });
    expect(JSON.parse(stdout).metrics['recall@1']).toBe(1);
  });

  it('runs in Deno', async () => {
    const env = { DENO_DIR: join(project, 'deno'), DENO_NO_UPDATE_CHECK: '1' };
    await expectServes(
      await serve([binaries.deno, 'run', '--no-remote', '--allow-net', '--allow-read'], 'deno.mjs', env),
    );
  });

  it('runs in Bun', async () => {
    await expectServes(await serve([binaries.bun], 'bun.mjs'));
  });

  it('runs in workerd, its files being part of the deployment', async () => {
    await mkdir(join(project, 'out'));
    await bundleWorker(join(project, 'worker.mjs'), join(project, 'out'));
    const { address, stop } = await serveWorkerd(join(project, 'out'), '2026-11-01');
    try {
      await expectServes(address);
    } finally {
      await stop();
    }
  });

  it("runs on Lambda, in Node's runtime and as a runtime of its own", async () => {
    const { handler }: { handler: LambdaHandler } = await import(pathToFileURL(join(project, 'lambda.mjs')).href);
    const event = eventOf('/embed', JSON.stringify({ x: [row] }));
    const { body } = await handler(event);
    expectClose(JSON.parse(body).x[0], model.embedX([row]).data, { absolute: 1e-5 });
    const [bootstrap = ''] = shell(page, '# bootstrap');
    await writeFile(join(project, 'bootstrap'), bootstrap);
    await chmod(join(project, 'bootstrap'), 0o755);
    await symlink(process.execPath, join(project, 'node'));
    const api = await runtimeApi();
    const env = { ...process.env, AWS_LAMBDA_RUNTIME_API: api.address, LAMBDA_TASK_ROOT: project };
    server = spawn(join(project, 'bootstrap'), { env, cwd: '/', stdio: 'ignore' });
    const outcome = (await api.invoke(event)) as { body: { body: string } };
    api.close();
    expect(JSON.parse(outcome.body.body)).toEqual(JSON.parse(body));
  });

  it('keeps those without the token out', async () => {
    const address = await serve([process.execPath], 'guarded.mjs', { TOKEN: 'secret' });
    const status = async (authorization?: string) =>
      (await fetch(`${address}/health`, authorization === undefined ? {} : { headers: { authorization } })).status;
    expect(await status('Bearer secret')).toBe(200);
    for (const wrong of [undefined, '', 'secret', 'Bearer', 'Bearer secre', 'Bearer secrets', 'bearer secret']) {
      expect(await status(wrong)).toBe(401);
    }
  });

  it('lets pages of one origin ask, before they have a token too', async () => {
    const load = (file: string) => import(pathToFileURL(join(project, file)).href);
    const [{ withToken }, { withCors }] = [await load('token.mjs'), await load('cors.mjs')];
    expect(() => withToken(sameBitsHandler(), undefined)).toThrow('TOKEN');
    const origin = 'https://app.example';
    const handler: Handler = withCors(withToken(sameBitsHandler(), 'secret'), origin);
    const ask = (method: string, headers = {}) =>
      handler(new Request('http://function/health', { method, headers: { origin, ...headers } }));
    const answers = [await ask('OPTIONS'), await ask('GET'), await ask('GET', { authorization: 'Bearer secret' })];
    expect(answers.map(({ status }) => status)).toEqual([204, 401, 200]);
    for (const { headers } of answers) expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(answers[0]?.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(await answers[2]?.json()).toMatchObject({ name: 'kantorovich' });
  });
});

import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build as esbuild } from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';
import { serveProject } from '../support/project-server.js';

/** A bundled project on loopback. */
export interface Site {
  readonly address: string;
  stop(): Promise<void>;
}

/** The files of `folder` on a server that knows nothing of the bundler. */
async function serveBuilt(folder: string, script: string): Promise<Site> {
  return serveProject(folder, { '/': page(script) });
}

/** A page with one script. */
export const page = (script: string): string =>
  `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

/** esbuild and Rollup know no workers: a trainer's is bundled as a program of its own, in a folder beside the page's. */
const worker = { 'entries/trainer-worker': 'kantorovich/trainer-worker' };

/**
 * How a project of main.js and index.html is bundled and served: with what each bundler needs to bundle at all, and nothing
 * for this library.
 */
export const bundlers = {
  async esbuild(project) {
    const outdir = join(project, 'esbuild');
    const entryPoints = { 'app/main': join(project, 'main.js'), ...worker };
    const where = { absWorkingDir: project, outdir };
    await esbuild({ ...where, entryPoints, bundle: true, splitting: true, format: 'esm', logLevel: 'error' });
    return serveBuilt(outdir, './app/main.js');
  },
  async Rollup(project) {
    const input = { 'app/main': join(project, 'main.js'), ...worker };
    const bundle = await rollup({ input, plugins: [nodeResolve({ rootDir: project })], logLevel: 'silent' });
    const dir = join(project, 'rollup');
    await bundle.write({ dir, format: 'es' });
    await bundle.close();
    return serveBuilt(dir, './app/main.js');
  },
  async webpack(project) {
    const path = join(project, 'webpack');
    const compiler = webpack({ mode: 'production', context: project, entry: './main.js', output: { path } });
    const stats = await promisify(compiler.run.bind(compiler))();
    await promisify(compiler.close.bind(compiler))();
    if (stats?.hasErrors()) throw new Error(stats.toString());
    return serveBuilt(path, './main.js');
  },
  async 'Vite, built for /app/ and previewed'(project) {
    const options = { root: project, base: '/app/', configFile: false, logLevel: 'error' } as const;
    await vite.build(options);
    const server = await vite.preview({ ...options, preview: { port: 0 } });
    return { address: server.resolvedUrls?.local[0] ?? '', stop: () => server.close() };
  },
  async 'Vite, while developing'(project) {
    const server = await vite.createServer({
      root: project,
      configFile: false,
      logLevel: 'error',
      server: { port: 0 },
    });
    await server.listen();
    return { address: server.resolvedUrls?.local[0] ?? '', stop: () => server.close() };
  },
} satisfies Readonly<Record<string, (project: string) => Promise<Site>>>;

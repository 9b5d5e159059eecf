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
async function serveBuilt(folder: string): Promise<Site> {
  return serveProject(folder, { '/': page('./main.js') });
}

/** A page with one script. */
export const page = (script: string): string =>
  `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

/**
 * How a project of main.js and index.html is bundled and served: with what each bundler needs to bundle at all, and nothing
 * for this library.
 */
export const bundlers = {
  async esbuild(project) {
    const outdir = join(project, 'esbuild');
    await esbuild({ entryPoints: [join(project, 'main.js')], bundle: true, format: 'esm', outdir, logLevel: 'error' });
    return serveBuilt(outdir);
  },
  async Rollup(project) {
    const bundle = await rollup({ input: join(project, 'main.js'), plugins: [nodeResolve()] });
    const dir = join(project, 'rollup');
    await bundle.write({ dir, format: 'es' });
    await bundle.close();
    return serveBuilt(dir);
  },
  async webpack(project) {
    const path = join(project, 'webpack');
    const compiler = webpack({ mode: 'production', context: project, entry: './main.js', output: { path } });
    const stats = await promisify(compiler.run.bind(compiler))();
    await promisify(compiler.close.bind(compiler))();
    if (stats?.hasErrors()) throw new Error(stats.toString());
    return serveBuilt(path);
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

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';
import { writeDigits } from './assets/digits.js';
import { writeSample } from './assets/sample.js';
import { POLICY } from './headers.js';

/** Builds the page, with the compiled package as its users get it and the data that it fetches, into a folder. */
export async function buildPage(folder: string): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'kantorovich-demo-data-'));
  try {
    await Promise.all([writeDigits(data), writeSample(data)]);
    await build({
      configFile: false,
      root: fileURLToPath(new URL('page', import.meta.url)),
      base: './',
      publicDir: data,
      logLevel: 'error',
      plugins: [policyTag()],
      // A stylesheet or a script in the page itself would need a policy that lets others in.
      build: { outDir: resolve(folder), emptyOutDir: false, target: 'es2022', assetsInlineLimit: 0 },
      worker: { format: 'es' },
    });
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

/** The policy in the page itself, for hosts whose headers nobody sets. */
function policyTag(): Plugin {
  const attrs = { 'http-equiv': 'Content-Security-Policy', content: POLICY };
  return {
    name: 'content-security-policy',
    transformIndexHtml: () => [{ tag: 'meta', attrs, injectTo: 'head-prepend' }],
  };
}

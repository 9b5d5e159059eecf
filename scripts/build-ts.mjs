// Compiles ts/ to dist/ with declarations, and puts beside it what the compiler does not: the built wasm, and comlink.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const tsc = require.resolve('typescript/bin/tsc');

cpSync(`${root}/ts/wasm/build`, `${root}/dist/wasm/build`, { recursive: true });
// Written by hand: tsc copies no declarations.
cpSync(`${root}/ts/entries/wasm-module.d.ts`, `${root}/dist/entries/wasm-module.d.ts`);
cpSync(`${root}/ts/wasm/embedded`, `${root}/dist/wasm/embedded`, { recursive: true });
for (const name of ['simd128', 'evaluation', 'transport', 'tensors']) embed(name);
try {
  execFileSync(process.execPath, [tsc, '--project', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
} catch {
  console.error('build-ts: tsc found errors (above); dist/ may be incomplete');
  process.exit(1);
}
takeComlinkAlong(`${root}/dist/workers`);

const cli = `${root}/dist/cli/main.js`;
if (existsSync(cli)) chmodSync(cli, 0o755);

/** The module as JavaScript, for bundles of bundlers that copy no files. */
function embed(name) {
  const bytes = deflateRawSync(readFileSync(`${root}/ts/wasm/build/kantorovich.${name}.wasm`), { level: 9 });
  const text = `export const compressed =\n  '${bytes.toString('base64')}';\n`;
  writeFileSync(`${root}/dist/wasm/embedded/${name}.js`, text);
}

/** A page without a bundler finds no packages by their names, and its workers have no import maps. */
function takeComlinkAlong(folder) {
  const comlink = readFileSync(require.resolve('comlink').replace('umd/comlink.js', 'esm/comlink.mjs'), 'utf8');
  writeFileSync(`${folder}/comlink.js`, comlink.replace(/^\/\/# sourceMappingURL.*$/m, ''));
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.js'))) {
    const compiled = readFileSync(`${folder}/${name}`, 'utf8');
    const alone = compiled.replaceAll("from 'comlink'", "from './comlink.js'");
    if (alone !== compiled) writeFileSync(`${folder}/${name}`, alone);
  }
}

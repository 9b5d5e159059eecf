// Compiles ts/ to dist/ with declarations, and copies the built wasm, with its type, beside the code that loads it.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

cpSync(`${root}/ts/wasm/build`, `${root}/dist/wasm/build`, { recursive: true });
// Written by hand: tsc copies no declarations.
cpSync(`${root}/ts/entries/wasm-module.d.ts`, `${root}/dist/entries/wasm-module.d.ts`);
cpSync(`${root}/ts/wasm/embedded`, `${root}/dist/wasm/embedded`, { recursive: true });
for (const name of ['simd128', 'evaluation', 'transport']) embed(name);

/** The module as JavaScript, for bundles of bundlers that copy no files. */
function embed(name) {
  const bytes = deflateRawSync(readFileSync(`${root}/ts/wasm/build/kantorovich.${name}.wasm`), { level: 9 });
  writeFileSync(
    `${root}/dist/wasm/embedded/${name}.js`,
    `export const compressed =\n  '${bytes.toString('base64')}';\n`,
  );
}
try {
  execFileSync(process.execPath, [tsc, '--project', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
} catch {
  console.error('build-ts: tsc found errors (above); dist/ may be incomplete');
  process.exit(1);
}

const cli = `${root}/dist/cli/main.js`;
if (existsSync(cli)) chmodSync(cli, 0o755);

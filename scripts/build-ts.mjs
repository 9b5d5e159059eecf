// Compiles ts/ to dist/ with declarations, and copies the built wasm, with its type, beside the code that loads it.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

cpSync(`${root}/ts/wasm/build`, `${root}/dist/wasm/build`, { recursive: true });
// Written by hand: tsc copies no declarations.
cpSync(`${root}/ts/entries/wasm-module.d.ts`, `${root}/dist/entries/wasm-module.d.ts`);
try {
  execFileSync(process.execPath, [tsc, '--project', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
} catch {
  console.error('build-ts: tsc found errors (above); dist/ may be incomplete');
  process.exit(1);
}

const cli = `${root}/dist/cli/main.js`;
if (existsSync(cli)) chmodSync(cli, 0o755);

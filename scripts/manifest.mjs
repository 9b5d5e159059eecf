// usage: manifest.mjs DIR
// Writes DIR/manifest.json: what the built modules are, by which tools, and how large.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const directory = process.argv[2];
const version = (command) => execFileSync(command, ['--version'], { encoding: 'utf8' }).trim();

function describe(name) {
  const bytes = readFileSync(`${directory}/kantorovich.${name}.wasm`);
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  };
}

const manifest = {
  compiler: version('rustc'),
  bindgen: version('wasm-bindgen'),
  optimiser: version('wasm-opt'),
  modules: { simd128: describe('simd128'), relaxed: describe('relaxed'), evaluation: describe('evaluation') },
};
writeFileSync(`${directory}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`built with ${manifest.compiler}:`, manifest.modules);

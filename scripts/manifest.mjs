// usage: manifest.mjs DIR TARGET
// Writes DIR/manifest.json: what the built modules are, by which tools, how large, and at which index each microkernel
// stands; names are stripped from the modules, and come from those in cargo's TARGET.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { microkernels } from './microkernels.mjs';

const [directory, target] = process.argv.slice(2);
const version = (command) => execFileSync(command, ['--version'], { encoding: 'utf8' }).trim();

function describe(name) {
  const bytes = readFileSync(`${directory}/kantorovich.${name}.wasm`);
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
    microkernels: microkernels(readFileSync(`${target}/wasm-${name}/named.wasm`)),
  };
}

const manifest = {
  compiler: version('rustc'),
  bindgen: version('wasm-bindgen'),
  optimiser: version('wasm-opt'),
  modules: Object.fromEntries(
    ['simd128', 'relaxed', 'evaluation', 'transport', 'compact', 'tensors', 'tensors-relaxed'].map((name) => [
      name,
      describe(name),
    ]),
  ),
};
writeFileSync(`${directory}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`built with ${manifest.compiler}:`, manifest.modules);

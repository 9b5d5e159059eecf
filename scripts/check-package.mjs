// Fails where `npm pack` would leave out what the manifest points at, or take in what no user needs, or where a core
// is larger on the wire than promised.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const CORE_LIMIT = 128_000;
// Trains and judges: what a function deploys.
const COMPACT_LIMIT = 152_000;
// What works on TensorFlow.js's tensors, either build.
const TENSORS_LIMIT = 48_000;
// With the core in two forms: as files, and as JavaScript (240 kB) for bundlers that copy none.
const PACKAGE_LIMIT = 1_400_000;
const EXPECTED =
  /^(dist\/.+\.(js|d\.ts|wasm)|dist\/wasm\/build\/manifest\.json|package\.json|README\.md|LICENSE(-MIT|-APACHE)?)$/;

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' }),
);
const files = packed.files.map(({ path }) => path);
const faults = [];

for (const path of [
  ...targets(manifest.exports),
  ...targets(manifest.bin),
  'README.md',
  'LICENSE-MIT',
  'LICENSE-APACHE',
]) {
  const name = path.replace(/^\.\//, '');
  if (!files.includes(name)) faults.push(`${name} is missing from the package`);
}
for (const path of files) {
  if (!EXPECTED.test(path)) faults.push(`${path} does not belong in the package`);
}
for (const path of files.filter((name) => name.endsWith('.wasm'))) {
  const bytes = gzipSync(readFileSync(path)).length;
  const limit = path.includes('compact') ? COMPACT_LIMIT : path.includes('tensors') ? TENSORS_LIMIT : CORE_LIMIT;
  if (bytes >= limit) faults.push(`${path} is ${bytes} bytes compressed; the limit is ${limit}`);
}
if (packed.size >= PACKAGE_LIMIT) faults.push(`the package is ${packed.size} bytes; the limit is ${PACKAGE_LIMIT}`);

for (const fault of faults) console.error(`check-package: ${fault}`);
console.log(`${files.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`);
process.exitCode = faults.length > 0 ? 1 : 0;

/** Every path in an `exports` or `bin` tree. */
function targets(tree) {
  return typeof tree === 'string' ? [tree] : Object.values(tree).flatMap(targets);
}

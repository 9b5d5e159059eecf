// usage: check-core.mjs BEFORE.wasm AFTER.wasm
// Fails where the optimised module imports anything, or where wasm-opt has inlined a microkernel: V8 never replaces a
// running wasm function by its optimised form, so a kernel inlined into one long call would stay slow.
import { readFileSync } from 'node:fs';
import { microkernels } from './microkernels.mjs';
import { importCount } from './wasm-sections.mjs';

const [before, after] = process.argv.slice(2).map((path) => readFileSync(path));

const imports = importCount(after);
if (imports > 0) fail(`the module has ${imports} imports; it must have none`);

const expected = Object.keys(microkernels(before));
if (expected.length === 0) fail('no function is named microkernel: nothing keeps wasm-opt from inlining the kernels');
const kept = microkernels(after);
const lost = expected.filter((name) => !(name in kept));
if (lost.length > 0) fail(`wasm-opt inlined ${lost.join(', ')}`);

function fail(message) {
  console.error(`build: ${message}`);
  process.exit(1);
}

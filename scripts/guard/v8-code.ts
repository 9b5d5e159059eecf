// Guards the microkernels: V8's machine code of their loops keeps every vector in a register, and takes no more
// instructions than the committed counts allow.
// usage: tsx scripts/guard/v8-code.ts [--update] [--out DIR] [NODE...]     NODE: 20, 22 and 24 unless given
//   --update    commits to what is found now
//   --out DIR   writes the machine code that was counted to DIR
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../bench/table.js';
import { type Counts, compareCounts, readCounts, writeCounts } from './committed-counts.js';
import { countKinds } from './hot-code.js';
import { BUILDS, type Build, type MicrokernelCode, microkernelCode } from './microkernel-code.js';

const COMMITTED = 'scripts/guard/v8-code.json';
/** Room for what a patch of Node may change. */
const MARGIN = 2;

const { values: options, positionals } = parseArgs({
  options: { update: { type: 'boolean', default: false }, out: { type: 'string' } },
  allowPositionals: true,
});
const otherMachine = whyOtherMachine();
if (otherMachine === null) guard(positionals.length > 0 ? positionals : ['20', '22', '24']);
else console.log(`skipped: ${otherMachine}; the counts are those of x64 with AVX2 and FMA`);

function guard(nodes: readonly string[]): void {
  const kernels = nodes.flatMap((node) => BUILDS.flatMap((build) => codeWhereTaken(node, build)));
  console.log(kernelTable(kernels));
  if (options.out !== undefined) writeCode(kernels, options.out);
  const spilling = kernels.filter(({ code }) => countKinds(code).spills > 0);
  const failures = [
    ...spilling.map((kernel) => `${nameOf(kernel)} spills vectors`),
    ...nodes.flatMap((node) => checkCounts(node, countsOf(node, kernels))),
  ];
  for (const failure of failures) console.error(`v8-code: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

function codeWhereTaken(node: string, build: Build): readonly MicrokernelCode[] {
  const kernels = microkernelCode(node, build);
  if (kernels === null) console.log(`Node ${node} does not take the ${build.name} build`);
  return kernels ?? [];
}

function checkCounts(node: string, counts: Counts): readonly string[] {
  if (options.update) {
    writeCounts(COMMITTED, `Node ${node}`, counts);
    return [];
  }
  const committed = readCounts(COMMITTED, `Node ${node}`) ?? {};
  const { failures, falls } = compareCounts(counts, committed, (count) => count + MARGIN);
  for (const fall of falls) console.log(`Node ${node} ${fall}`);
  if (failures.length + falls.length > 0) console.log('where this is meant: npx tsx scripts/guard/v8-code.ts --update');
  return failures.map((failure) => `Node ${node} ${failure}`);
}

function countsOf(node: string, kernels: readonly MicrokernelCode[]): Counts {
  const own = kernels.filter((kernel) => kernel.node === node);
  return Object.fromEntries(own.map(({ build, kernel, code }) => [`${build} ${kernel}`, code.length]));
}

function kernelTable(kernels: readonly MicrokernelCode[]): string {
  const kinds = ['arithmetic', 'broadcasts', 'loads', 'other', 'spills'] as const;
  const rows = kernels.map((kernel) => {
    const counts = countKinds(kernel.code);
    return [nameOf(kernel), String(kernel.code.length), ...kinds.map((kind) => String(counts[kind]))];
  });
  return table(['microkernel', 'instructions', ...kinds], rows);
}

function writeCode(kernels: readonly MicrokernelCode[], directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const { node, build, kernel, code } of kernels) {
    const lines = code.map(({ line }) => `${line}\n`);
    writeFileSync(join(directory, `${kernel}.${build}.node${node}.txt`), lines.join(''));
  }
}

function nameOf({ node, build, kernel }: MicrokernelCode): string {
  return `Node ${node} ${build} ${kernel}`;
}

/** Why V8 makes other code here than where the counts were taken; null where it makes the same. */
function whyOtherMachine(): string | null {
  if (process.arch !== 'x64') return `this machine is ${process.arch}`;
  const processor = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : 'avx2 fma';
  const missing = ['avx2', 'fma'].filter((feature) => !new RegExp(`\\b${feature}\\b`).test(processor));
  return missing.length === 0 ? null : `this processor has no ${missing.join(' and no ')}`;
}

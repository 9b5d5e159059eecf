// Guards the microkernels: V8's machine code of their loops keeps every vector in a register, and takes no more
// instructions than the committed counts allow.
// usage: tsx scripts/guard/v8-code.ts [--update] [--loops DIR] [NODE...]     NODE: 20, 22 and 24 unless given
//   --update      commits to what is found now
//   --loops DIR   writes the machine code of each loop to DIR
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../bench/table.js';
import { type Counts, compareCounts, readCounts, writeCounts } from './committed-counts.js';
import { BUILDS, type MicrokernelLoop, microkernelLoops } from './microkernel-loops.js';
import { countLoop } from './vector-loop.js';

const COMMITTED = 'scripts/guard/v8-code.json';
/** Room for what a patch of Node may change. */
const MARGIN = 2;

const { values: options, positionals } = parseArgs({
  options: { update: { type: 'boolean', default: false }, loops: { type: 'string' } },
  allowPositionals: true,
});
const otherMachine = whyOtherMachine();
if (otherMachine === null) guard(positionals.length > 0 ? positionals : ['20', '22', '24']);
else console.log(`skipped: ${otherMachine}; the counts are those of x64 with AVX2 and FMA`);

function guard(nodes: readonly string[]): void {
  const loops = nodes.flatMap((node) => BUILDS.flatMap((build) => loopsIfTaken(node, build)));
  console.log(loopTable(loops));
  if (options.loops !== undefined) writeLoops(loops, options.loops);
  const spilling = loops.filter(({ code }) => countLoop(code).spills > 0);
  const failures = [
    ...spilling.map((loop) => `${nameOf(loop)} spills vectors`),
    ...nodes.flatMap((node) => checkCounts(node, countsOf(node, loops))),
  ];
  for (const failure of failures) console.error(`v8-code: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

function loopsIfTaken(node: string, build: (typeof BUILDS)[number]): readonly MicrokernelLoop[] {
  const loops = microkernelLoops(node, build);
  if (loops === null) console.log(`Node ${node} does not take the ${build} module`);
  return loops ?? [];
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

function countsOf(node: string, loops: readonly MicrokernelLoop[]): Counts {
  const own = loops.filter((loop) => loop.node === node);
  return Object.fromEntries(own.map(({ build, kernel, code }) => [`${build} ${kernel}`, code.length]));
}

function loopTable(loops: readonly MicrokernelLoop[]): string {
  const kinds = ['instructions', 'arithmetic', 'broadcasts', 'loads', 'other', 'spills'] as const;
  const rows = loops.map((loop) => {
    const counts = countLoop(loop.code);
    return [nameOf(loop), ...kinds.map((kind) => String(counts[kind]))];
  });
  return table(['loop', ...kinds], rows);
}

function writeLoops(loops: readonly MicrokernelLoop[], directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const { node, build, kernel, code } of loops) {
    const lines = code.map(({ line }) => `${line}\n`);
    writeFileSync(join(directory, `${kernel}.${build}.node${node}.txt`), lines.join(''));
  }
}

function nameOf({ node, build, kernel }: MicrokernelLoop): string {
  return `Node ${node} ${build} ${kernel}`;
}

/** Why V8 makes other code here than where the counts were taken; null where it makes the same. */
function whyOtherMachine(): string | null {
  if (process.arch !== 'x64') return `this machine is ${process.arch}`;
  const processor = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : 'avx2 fma';
  const missing = ['avx2', 'fma'].filter((feature) => !new RegExp(`\\b${feature}\\b`).test(processor));
  return missing.length === 0 ? null : `this processor has no ${missing.join(' and no ')}`;
}

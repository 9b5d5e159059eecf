// Guards the algorithms: how many instructions the native build takes for fixed cases, as valgrind counts them, may grow
// by two per cent over the committed counts. A count depends on the compiler: with another one there is nothing to say.
// usage: tsx scripts/guard/instructions.ts [--update]     --update commits to what is counted now
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { table } from '../../bench/table.js';
import { type Counts, compareCounts, readCounts, writeCounts } from './committed-counts.js';

const COMMITTED = 'scripts/guard/instructions.json';
const EXAMPLE = 'fixed_cases';
const TARGET = 'crates/target';
const LARGEST_GROWTH = 1.02;

const { update } = parseArgs({ options: { update: { type: 'boolean', default: false } } }).values;
const compiler = compilerVersion();
const committed = readCounts(COMMITTED, compiler);
if (update) writeCounts(COMMITTED, compiler, countCases());
else if (committed !== null) guard(committed);
else console.log(`skipped: ${COMMITTED} holds no counts for ${compiler}`);

function guard(committed: Counts): void {
  const counts = countCases();
  const { failures, falls } = compareCounts(counts, committed, (count) => Math.floor(count * LARGEST_GROWTH));
  for (const fall of falls) console.log(`fell: ${fall}`);
  if (failures.length + falls.length > 0) {
    console.log('where this is meant: npx tsx scripts/guard/instructions.ts --update');
  }
  for (const failure of failures) console.error(`instructions: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

/** The instructions that each case takes once. */
function countCases(): Counts {
  const package_ = ['--manifest-path', 'crates/Cargo.toml', '--package', 'kantorovich-training'];
  const build = [
    'build',
    '--quiet',
    '--locked',
    '--release',
    '--target-dir',
    TARGET,
    ...package_,
    '--example',
    EXAMPLE,
  ];
  execFileSync('cargo', build, { stdio: ['ignore', 'inherit', 'inherit'] });
  const program = `${TARGET}/release/examples/${EXAMPLE}`;
  const names = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
  const counts = Object.fromEntries(names.map((name) => [name, countOnce(program, name)]));
  console.log(
    table(
      ['case', 'instructions'],
      names.map((name) => [name, String(counts[name])]),
    ),
  );
  return counts;
}

/** What the second time adds: the program's start and what builds the case are in both counts. */
function countOnce(program: string, name: string): number {
  return countRun(program, name, 2) - countRun(program, name, 1);
}

function countRun(program: string, name: string, times: number): number {
  const log = ['--log-fd=1', '--tool=callgrind', '--callgrind-out-file=/dev/null'];
  const output = execFileSync('valgrind', [...log, program, name, String(times)], { encoding: 'utf8' });
  const collected = output.match(/Collected *: (\d+)/);
  if (collected === null) throw new Error(`valgrind gave no count:\n${output}`);
  return Number(collected[1]);
}

/** `rustc 1.95.0 (...) for x86_64-unknown-linux-gnu`. */
function compilerVersion(): string {
  const description = execFileSync('rustc', ['-vV'], { encoding: 'utf8' });
  return `${description.split('\n')[0]} for ${description.match(/^host: (.*)$/m)?.[1]}`;
}

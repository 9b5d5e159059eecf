// The machine code that V8's optimising compiler makes of a wasm module, as its own disassembler prints it.
import { execFileSync } from 'node:child_process';

/** One instruction; an offset counts bytes from the function's beginning. */
export interface Instruction {
  readonly offset: number;
  readonly operation: string;
  readonly operands: string;
  /** The line as V8 printed it, without addresses. */
  readonly line: string;
}

const LINE = /^0x[0-9a-f]+ +(([0-9a-f]+) +[0-9a-f]+ +(?:REX\.W )?(\S+) ?(.*))$/gm;

/** Compiles everything at once, optimised, as `--print-wasm-code` of a release binary shows it. */
const COMPILE = `
  const bytes = require('node:fs').readFileSync(process.argv[1]);
  if (WebAssembly.validate(bytes)) new WebAssembly.Module(bytes);
`;

/** V8's listing of every function of a module, by index; null where this Node does not know the module's instructions. */
export function printMachineCode(
  nodeVersion: string,
  module: string,
  moreFlags: readonly string[],
): ReadonlyMap<number, string> | null {
  const [command, ...before] = nodeCommand(nodeVersion);
  const flags = ['--no-liftoff', '--no-wasm-lazy-compilation', '--print-wasm-code', ...moreFlags];
  const output = execFileSync(command, [...before, ...flags, '--eval', COMPILE, module], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const listings = splitFunctions(output);
  return listings.size > 0 ? listings : null;
}

/** The listing of each function in what V8 printed, by index. */
export function splitFunctions(output: string): ReadonlyMap<number, string> {
  const [, ...listings] = output.split('--- WebAssembly code ---');
  return new Map(listings.map((listing) => [Number(listing.match(/^index: (\d+)$/m)?.[1]), listing]));
}

/** The Node that is running where its version is the one asked for, else npm's. */
function nodeCommand(version: string): readonly [string, ...string[]] {
  if (process.versions.node.split('.')[0] === version) return [process.execPath];
  return ['npx', '--yes', '--package', `node@${version}`, '--', 'node'];
}

/** The instructions of one function's listing. */
export function parseInstructions(listing: string): readonly Instruction[] {
  return Array.from(listing.matchAll(LINE), ([, line, offset, operation, operands]) => ({
    offset: Number.parseInt(offset, 16),
    operation,
    operands,
    line: line.replace(/0x[0-9a-f]+ +(?=<)/, ''),
  }));
}

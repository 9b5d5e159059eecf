// The machine code that a Node's V8 makes of each microkernel of the committed modules.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hotCode } from './hot-code.js';
import { type Instruction, parseInstructions, printMachineCode } from './machine-code.js';

/** A module that trains, and the flags of V8 with which it is compiled. */
export interface Build {
  readonly name: string;
  readonly module: 'simd128' | 'relaxed';
  /** The first Node whose V8 has the flags; absent where there are none. */
  readonly since?: number;
  readonly flags: readonly string[];
  /** Whether kernels of two panels are meant for it, and no others. */
  readonly isWide: boolean;
}

/** What is guarded; the module that judges has the microkernels of the first. */
export const BUILDS: readonly Build[] = [
  { name: 'simd128', module: 'simd128', flags: [], isWide: false },
  { name: 'relaxed', module: 'relaxed', flags: [], isWide: false },
  { name: 'turbo', module: 'relaxed', since: 24, flags: ['--experimental-wasm-revectorize'], isWide: true },
];

/** What a microkernel runs most of the time. */
export interface MicrokernelCode {
  readonly node: string;
  readonly build: string;
  readonly kernel: string;
  readonly code: readonly Instruction[];
}

const MODULES = 'ts/wasm/build';

/** The code of a build's microkernels; null where this Node does not take it. */
export function microkernelCode(node: string, build: Build): readonly MicrokernelCode[] | null {
  if (Number(node) < (build.since ?? 0)) return null;
  const listings = printMachineCode(node, modulePath(build.module), build.flags);
  if (listings === null) return null;
  const kernels = Object.entries(microkernels(build.module)).filter(([kernel]) => isMeantFor(kernel, build));
  return kernels.map(([kernel, index]) => {
    const listing = listings.get(index);
    if (listing === undefined) throw new Error(`V8 printed no function ${index} of the ${build.module} module`);
    return { node, build: build.name, kernel, code: hotCode(parseInstructions(listing)) };
  });
}

function isMeantFor(kernel: string, { isWide }: Build): boolean {
  return kernel.endsWith('_wide') === isWide;
}

/** Function indices by name, as the build left them for this very module. */
function microkernels(build: Build['module']): Readonly<Record<string, number>> {
  const { sha256, microkernels } = JSON.parse(readFileSync(join(MODULES, 'manifest.json'), 'utf8')).modules[build];
  const bytes = readFileSync(modulePath(build));
  const isOfTheseBytes = createHash('sha256').update(bytes).digest('hex') === sha256;
  if (isOfTheseBytes && microkernels !== undefined) return microkernels;
  throw new Error(`manifest.json does not describe the ${build} module: run npm run build`);
}

function modulePath(build: Build['module']): string {
  return join(MODULES, `kantorovich.${build}.wasm`);
}

// The machine code that a Node's V8 makes of each microkernel of the committed modules.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hotCode } from './hot-code.js';
import { type Instruction, parseInstructions, printMachineCode } from './machine-code.js';

/** The modules that train; the third has the microkernels of the first. */
export const BUILDS = ['simd128', 'relaxed'] as const;

/** What a microkernel runs most of the time. */
export interface MicrokernelCode {
  readonly node: string;
  readonly build: Build;
  readonly kernel: string;
  readonly code: readonly Instruction[];
}

type Build = (typeof BUILDS)[number];

const MODULES = 'ts/wasm/build';

/** The code of a module's microkernels; null where this Node does not take the module. */
export function microkernelCode(node: string, build: Build): readonly MicrokernelCode[] | null {
  const listings = printMachineCode(node, modulePath(build));
  if (listings === null) return null;
  return Object.entries(microkernels(build)).map(([kernel, index]) => {
    const listing = listings.get(index);
    if (listing === undefined) throw new Error(`V8 printed no function ${index} of the ${build} module`);
    return { node, build, kernel, code: hotCode(parseInstructions(listing)) };
  });
}

/** Function indices by name, as the build left them for this very module. */
function microkernels(build: Build): Readonly<Record<string, number>> {
  const { sha256, microkernels } = JSON.parse(readFileSync(join(MODULES, 'manifest.json'), 'utf8')).modules[build];
  const bytes = readFileSync(modulePath(build));
  const isOfTheseBytes = createHash('sha256').update(bytes).digest('hex') === sha256;
  if (isOfTheseBytes && microkernels !== undefined) return microkernels;
  throw new Error(`manifest.json does not describe the ${build} module: run npm run build`);
}

function modulePath(build: Build): string {
  return join(MODULES, `kantorovich.${build}.wasm`);
}

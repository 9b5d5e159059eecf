// The loop of each microkernel of the committed modules, in the machine code that a Node's V8 makes of it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Instruction, parseInstructions, printMachineCode } from './machine-code.js';
import { vectorLoop } from './vector-loop.js';

/** The modules that train; the third has the microkernels of the first. */
export const BUILDS = ['simd128', 'relaxed'] as const;

/** A microkernel's loop. */
export interface MicrokernelLoop {
  readonly node: string;
  readonly build: Build;
  readonly kernel: string;
  readonly code: readonly Instruction[];
}

type Build = (typeof BUILDS)[number];

const MODULES = 'ts/wasm/build';

/** The loops of a module's microkernels; null where this Node does not take the module. */
export function microkernelLoops(node: string, build: Build): readonly MicrokernelLoop[] | null {
  const listings = printMachineCode(node, modulePath(build));
  if (listings === null) return null;
  return Object.entries(microkernels(build)).map(([kernel, index]) => {
    const code = vectorLoop(parseInstructions(listings.get(index) ?? ''));
    return { node, build, kernel, code };
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

import { createCore, supportsRelaxedSimd, type TurboSource, turboSource, useTurbo } from './core.js';
import { type Microkernel, microkernelOf } from './product.js';

/** What {@link calibrateTurbo} measured and chose. */
export interface Turbo {
  /** Whether products now take two panels at a time. */
  readonly enabled: boolean;
  /** Speed of the kernel inside every product on operands in the L1 cache, in 10^9 operations a second; 0 unmeasured. */
  readonly gflops: { readonly plain: number; readonly turbo: number };
  /** Why it was not enabled, in words. */
  readonly reason?: string;
}

/** A turn is about a millisecond of work, so that the clock's grain does not count. */
const CALLS = 1000;
/** Calls of the kernel in one of the module, whose own code is replaced between calls too. */
const BATCH = 50;
/** Baseline code is replaced within some 20 million operations (a turn has 33). */
const WARM_UP = 6;
const TURNS = 9;
/** What must be gained: less is noise. */
const MARGIN = 1.1;

/** What was found for a source: asked again, it is not measured again. */
let found: { readonly source: TurboSource; readonly turbo: Turbo } | null = null;

/**
 * Times the kernel of 4 x 8 in the plain build, then that of 4 x 16 in a build whose lanes are joined, and lets all later
 * calls of the library use the second if it is faster by a tenth; else the engine is told to stop joining. Takes about a
 * tenth of a second the first time. Objects that are alive keep the build that they were made in.
 */
export function calibrateTurbo(): Turbo {
  const source = turboSource();
  if (source === undefined) return refused('lanes cannot be joined here: it takes Node on x64, and not on macOS');
  if (!supportsRelaxedSimd()) return refused('this engine has no relaxed SIMD: it takes Node 24 or newer');
  if (found?.source !== source) found = { source, turbo: measure(source) };
  return found.turbo;
}

function measure(source: TurboSource): Turbo {
  // The engine reads the setting when it optimises: the plain kernel must be warm before it changes.
  const plain = warm(microkernelOf(createCore('relaxed'), false));
  source.joinLanes(true);
  const module = source.module();
  const turbo = warm(microkernelOf(createCore('relaxed', module), true));
  const fastest = { plain: Infinity, turbo: Infinity };
  for (let turn = 0; turn < TURNS; turn += 1) {
    fastest.plain = Math.min(fastest.plain, turnOf(plain));
    fastest.turbo = Math.min(fastest.turbo, turnOf(turbo));
  }
  const gflops = { plain: speed(plain, fastest.plain), turbo: speed(turbo, fastest.turbo) };
  plain.dispose();
  turbo.dispose();
  if (fastest.turbo * MARGIN <= fastest.plain) {
    useTurbo(module);
    return { enabled: true, gflops };
  }
  source.joinLanes(false);
  return { enabled: false, gflops, reason: 'joined lanes are not faster here' };
}

function refused(reason: string): Turbo {
  return { enabled: false, gflops: { plain: 0, turbo: 0 }, reason };
}

/** The kernel, optimised by now. */
function warm(kernel: Microkernel): Microkernel {
  for (let turn = 0; turn < WARM_UP; turn += 1) turnOf(kernel);
  return kernel;
}

/** Milliseconds of a turn. */
function turnOf(kernel: Microkernel): number {
  const start = performance.now();
  for (let call = 0; call < CALLS; call += BATCH) kernel.run(BATCH);
  return performance.now() - start;
}

function speed({ flops }: Microkernel, ms: number): number {
  return Number(((flops * CALLS) / ms / 1e6).toPrecision(3));
}

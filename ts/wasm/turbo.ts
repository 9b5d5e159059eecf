import { type Core, createCore, offersTurbo, supportsRelaxedSimd, useTurbo } from './core.js';
import type { Pointer } from './exports.js';

/** What {@link calibrateTurbo} measured and chose. */
export interface Turbo {
  /** Whether products now take two panels at a time. */
  readonly enabled: boolean;
  /** Speed of the kernel inside every product on operands in the L1 cache, in 10^9 operations a second; 0 unmeasured. */
  readonly gflops: { readonly plain: number; readonly turbo: number };
  /** Why it was not enabled, in words. */
  readonly reason?: string;
}

const ROWS = 4;
const COLS = 16;
const DEPTH = 256;
const FLOPS = 2 * ROWS * COLS * DEPTH;
/** A turn is about a millisecond of work, so that the clock's grain does not count. */
const CALLS = 1000;
/** Baseline code is replaced within some 20 million operations (a turn has 33). */
const WARM_UP = 6;
const TURNS = 9;
/** What must be gained: less is noise. */
const MARGIN = 1.1;

/**
 * Times the kernel of 4 x 8 in the plain build against that of 4 x 16 in the turbo build, in turns, and lets all later
 * calls of the library use the second if it is faster by a tenth. Takes about 50 ms. Objects that are alive keep the
 * build that they were made in.
 */
export function calibrateTurbo(): Turbo {
  if (!offersTurbo()) return refused('this entry cannot tell its engine to join lanes: it takes Node');
  if (!supportsRelaxedSimd()) return refused('this engine has no relaxed SIMD: it takes Node 24 or newer');
  const plain = stopwatch(createCore('relaxed', 'relaxed'), false);
  const turbo = stopwatch(createCore('relaxed', 'turbo'), true);
  for (let turn = 0; turn < WARM_UP; turn += 1) for (const kernel of [plain, turbo]) kernel.turn();
  const fastest = { plain: Infinity, turbo: Infinity };
  for (let turn = 0; turn < TURNS; turn += 1) {
    fastest.plain = Math.min(fastest.plain, plain.turn());
    fastest.turbo = Math.min(fastest.turbo, turbo.turn());
  }
  const gflops = { plain: speed(fastest.plain), turbo: speed(fastest.turbo) };
  if (fastest.turbo * MARGIN > fastest.plain) {
    return { enabled: false, gflops, reason: 'lanes that are joined are not faster here' };
  }
  useTurbo();
  return { enabled: true, gflops };
}

function refused(reason: string): Turbo {
  return { enabled: false, gflops: { plain: 0, turbo: 0 }, reason };
}

/** Milliseconds of a turn of one kernel; the instance is dropped with it. */
function stopwatch({ exports }: Core, wide: boolean): { turn(): number } {
  const product: Pointer = exports.product_new(COLS, ROWS, DEPTH);
  return {
    turn() {
      const start = performance.now();
      for (let call = 0; call < CALLS; call += 50) exports.product_tiles(product, 50, Number(wide));
      return performance.now() - start;
    },
  };
}

function speed(ms: number): number {
  return Number(((FLOPS * CALLS) / ms / 1e6).toPrecision(3));
}

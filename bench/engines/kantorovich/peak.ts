import '../../../ts/entries/node.js';
import { createMicrokernel } from '../../../ts/wasm/product.js';

/** Long enough to be beyond the clock's resolution, short beside the turns of the engines. */
const milliseconds = 20;

/** About a tenth of a millisecond. */
const batch = 256;

/** GFLOP/s of the microkernel on panels in the L1 cache, over some milliseconds. */
export function peak(): number {
  const microkernel = createMicrokernel();
  // For V8 to replace the baseline code of a new process; it takes three or four milliseconds.
  runFor(milliseconds, () => microkernel.run(batch));
  const { calls, ms } = runFor(milliseconds, () => microkernel.run(batch));
  microkernel.dispose();
  return (calls * batch * microkernel.flops) / ms / 1e6;
}

function runFor(duration: number, call: () => void): { readonly calls: number; readonly ms: number } {
  const start = performance.now();
  for (let calls = 1; ; calls += 1) {
    call();
    const ms = performance.now() - start;
    if (ms >= duration) return { calls, ms };
  }
}

import '../../../ts/entries/node.js';
import { createMicrokernel, type Microkernel } from '../../../ts/wasm/product.js';
import { median } from '../../timing.js';

/** For V8 to replace the baseline code of a new process, which takes it three or four. */
const warmUpMilliseconds = 10;

/** As long as a small product takes, so that what interrupts one now and then is in the median of neither. */
const sampleMilliseconds = 1.5;

const samples = 11;

/** Well under a tenth of a millisecond. */
const batch = 64;

/** GFLOP/s of the microkernel on panels in the L1 cache: a median over some milliseconds. */
export function peak(): number {
  const microkernel = createMicrokernel();
  speed(microkernel, warmUpMilliseconds);
  const speeds = Array.from({ length: samples }, () => speed(microkernel, sampleMilliseconds));
  microkernel.dispose();
  return median(speeds);
}

function speed({ run, flops }: Microkernel, milliseconds: number): number {
  const start = performance.now();
  for (let calls = 1; ; calls += 1) {
    run(batch);
    const ms = performance.now() - start;
    if (ms >= milliseconds) return (calls * batch * flops) / ms / 1e6;
  }
}

import type { Remote } from '../process/remote.js';
import { withKernels } from '../roster.js';
import type { Extent } from '../suites/suite.js';
import { tfjs } from '../suites/tfjs.js';

/** How many tensors of TensorFlow.js were alive after so many steps of an encoder. */
export interface TensorCount {
  readonly encoder: string;
  readonly n: number;
  /** By steps taken. */
  readonly tensors: ReadonlyMap<number, number>;
}

/** Optimisers make their moments in the first step. */
const settled = 10;

/** `tf.memory().numTensors` early and late in the training of small encoders, with our kernels and loss. */
export async function countTensors(
  extent: Extent,
  engines: readonly Remote[],
  onProgress: (state: string) => void,
): Promise<readonly TensorCount[]> {
  const engine = engines.find(({ name }) => name === withKernels);
  if (engine === undefined) return [];
  // Sizes change nothing about what is left behind.
  const steps = extent === 'check' ? 100 : 1_000;
  const counts: TensorCount[] = [];
  for (const { label, description, problem } of tfjs.cases('check')) {
    onProgress(`tfjs ${label}: ${steps} steps`);
    await engine.prepare(problem());
    const tensors = new Map<number, number>();
    for (const [more, total] of [
      [settled, settled],
      [steps - settled, steps],
    ]) {
      await engine.run(more);
      tensors.set(total, (await engine.memory()).tensors ?? Number.NaN);
    }
    await engine.dispose();
    counts.push({ encoder: String(description.encoder), n: Number(description.n), tensors });
  }
  return counts;
}

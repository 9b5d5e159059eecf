import * as tf from '@tensorflow/tfjs';
import { contrastiveLoss } from '../../../dist/entries/tfjs.js';
import { load } from '../../../dist/entries/web.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { tensorOfRows } from '../../support/tfjs.js';

/** Losses of a training, and tensors after its 3rd and its last step. */
export interface DeviceRun {
  readonly losses: readonly number[];
  readonly tensors: readonly [number, number];
}

/** Steps of a loss with a bilinear critic on a backend, which waits for downloads or does not; null where there is none. */
async function trainOn(backend: 'cpu' | 'webgl', waits: boolean): Promise<DeviceRun | null> {
  if (!(await tf.setBackend(backend).catch(() => false))) return null;
  const random = seededRandom(1);
  const [a, b] = [normalRows(random, 12, 6), normalRows(random, 12, 6)].map(tensorOfRows);
  const weights = tf.variable(tensorOfRows(normalRows(random, 6, 4, 0.5)));
  const loss = contrastiveLoss({ objective: 'cpc', critic: 'bilinear', dims: [4, 4], deterministic: true });
  const optimizer = tf.train.sgd(0.05);
  const embed = () => [a, b].map((batch) => tf.tanh(tf.matMul(batch, weights))) as [tf.Tensor2D, tf.Tensor2D];
  const losses: number[] = [];
  const counts: number[] = [];
  for (let step = 0; step < 20; step++) {
    const cost = waits ? optimizer.minimize(() => loss(...embed()), true) : null;
    losses.push(cost?.dataSync()[0] ?? (await loss.minimize(optimizer, embed)));
    cost?.dispose();
    counts.push(tf.memory().numTensors);
  }
  for (const held of [a, b, weights, loss, optimizer]) held.dispose();
  return { losses, tensors: [counts[2], counts[19]] };
}

await load();
const outcome = {
  cpu: await trainOn('cpu', true),
  waiting: await trainOn('webgl', true),
  asynchronous: await trainOn('webgl', false),
};
Object.assign(globalThis, { outcome });

import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { ShapeError } from '../../../ts/entries/node.js';
import { contrastiveLoss } from '../../../ts/entries/tfjs-node.js';
import { liveResources } from '../../../ts/wasm/resource.js';
import { tfjsBackends, useBackend } from '../../support/tfjs.js';

/** Two encoders of two batches, an optimiser, and a loss with variables of its own. */
function openRun() {
  const [f, g] = [0, 1].map(() => {
    const hidden = tf.layers.dense({ units: 7, inputShape: [5], activation: 'tanh' });
    return tf.sequential({ layers: [hidden, tf.layers.dense({ units: 3 })] });
  });
  const [a, b] = [1, 2].map((seed) => tf.randomNormal([8, 5], 0, 1, 'float32', seed));
  const optimizer = tf.train.adam(0.01);
  const loss = contrastiveLoss({ objective: 'cpc', critic: 'bilinear', dims: [3, 3] });
  return {
    loss,
    optimizer,
    embed: () => [f.apply(a), g.apply(b)] as [tf.Tensor2D, tf.Tensor2D],
    dispose: () => {
      for (const held of [f, g, optimizer, loss, a, b]) held.dispose();
    },
  };
}

type Run = ReturnType<typeof openRun>;

const steps: Readonly<Record<string, (run: Run, step: number) => unknown>> = {
  'optimizer.minimize': ({ optimizer, loss, embed }) => {
    optimizer.minimize(() => loss(...embed()));
  },
  'optimizer.minimize with its cost': ({ optimizer, loss, embed }) => {
    optimizer.minimize(() => loss(...embed()), true)?.dispose();
  },
  'tf.grads': ({ loss, embed }) => {
    tf.tidy(() => {
      tf.grads((x, y) => loss(x as tf.Tensor2D, y as tf.Tensor2D))(embed());
    });
  },
  'the value only': ({ loss, embed }) => {
    tf.tidy(() => {
      loss(...embed());
    });
  },
  'a ShapeError every second step, under the tape': ({ optimizer, loss, embed }, step) => {
    const failing = step % 2 === 0;
    const minimize = () => {
      optimizer.minimize(() => {
        const [x, y] = embed();
        return loss(x, failing ? tf.slice(y, [0, 0], [7, 3]) : y);
      });
    };
    if (failing) expect(minimize).toThrow(ShapeError);
    else minimize();
  },
  'a ShapeError every second step, which is caught under the tape': ({ optimizer, loss, embed }, step) => {
    optimizer.minimize(() => {
      const [x, y] = embed();
      if (step % 2 === 0) expect(() => loss(x, tf.slice(y, [0, 0], [7, 3]))).toThrow(ShapeError);
      return loss(x, y);
    });
  },
  'its own minimize': ({ optimizer, loss, embed }) => loss.minimize(optimizer, embed),
  'its own minimize, failing every second step': async ({ optimizer, loss, embed }, step) => {
    const minimize = loss.minimize(optimizer, () => {
      const [x, y] = embed();
      return step % 2 === 0 ? [x, tf.slice(y, [0, 0], [7, 3])] : [x, y];
    });
    if (step % 2 === 0) await expect(minimize).rejects.toThrow(ShapeError);
    else await minimize;
  },
  'its own minimize, failing in the second forward pass every second step': async (run, step) => {
    const { optimizer, loss, embed } = run;
    let calls = 0;
    const minimize = loss.minimize(optimizer, () => {
      const embeddings = embed();
      calls += 1;
      if (step % 2 === 0 && calls === 2) throw new ShapeError('of the second pass');
      return embeddings;
    });
    if (step % 2 === 0) await expect(minimize).rejects.toThrow('of the second pass');
    else await minimize;
  },
  valueAndGradsAsync: async ({ loss, embed }) => {
    const [x, y] = tf.tidy(embed);
    const { grads } = await loss.valueAndGradsAsync(x, y);
    tf.dispose([x, y, grads]);
  },
};

describe.each(tfjsBackends)('F3 A: memory on the %s backend', (backend) => {
  beforeEach(() => useBackend(backend));

  it.each(Object.keys(steps))(
    'with %s is the same after steps 10 and 1,000, and at the start after dispose',
    async (name) => {
      const [tensors, resources] = [tf.memory().numTensors, liveResources()];
      const run = openRun();
      const counts: number[] = [];
      for (let step = 1; step <= 1000; step++) {
        const pending = steps[name](run, step);
        if (pending !== undefined) await pending;
        counts.push(tf.memory().numTensors);
      }
      expect(counts[999]).toBe(counts[9]);
      run.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
      expect(liveResources()).toBe(resources);
    },
  );
});

import { distance } from '../../../critics/distance.js';
import { separable } from '../../../critics/separable.js';
import { openPairs } from '../../../data/open-pairs.js';
import type { PairSource } from '../../../data/pair-source.js';
import type { PairSpec } from '../../../data/pair-spec.js';
import { collectPairs } from '../../../data/pairs.js';
import { parsePairSpec } from '../../../data/parse-pair-spec.js';
import { lossPlan } from '../../../objectives/loss-plan.js';
import { breather } from '../../../training/breather.js';
import { loadModel, type Model } from '../../../training/model.js';
import { DataError } from '../../../wasm/errors.js';
import type { Matrix } from '../../../wasm/matrix.js';
import { createTrainer } from '../../../workers/trainer.js';
import type { RunContext } from '../run-tasks.js';
import { exactCritic, type Features } from './exact-critic.js';
import { DIMENSIONS, type LogNKey } from './plan.js';

/** What one critic gave. */
export type LogNResult = {
  /** Certified, of f over (x, y) in the l2 metric; null where there is none. */
  readonly lipschitzConstant: number | null;
  /** The objective on test pairs, of each batch; null where a score left single precision. */
  readonly values: readonly { readonly n: number; readonly batches: readonly (number | null)[] }[];
  /** Why the critic could not be trained; null where it was. */
  readonly failure: string | null;
};

interface Embeddings {
  readonly x: Features;
  readonly y: Features;
}

/** Test pairs of another stream than any training pair's. */
const TEST_SEED = 1000;

/**
 * Trains the critic that a key describes, and measures its objective on test pairs in batches of every size.
 *
 * @throws once the signal aborts
 */
export async function measureLogN(key: LogNKey, context: RunContext): Promise<LogNResult> {
  const data = parsePairSpec(key.data);
  const { test } = await openPairs(data);
  if (key.critic === 'exact') {
    const critic = exactCritic(DIMENSIONS, key.nats, key.objective === 'nwj' ? 1 : 0);
    return { lipschitzConstant: null, values: await valuesOf(key, critic, test, context), failure: null };
  }
  try {
    const model = await trained(key, data, context);
    try {
      const embeddings = { x: model.embedX, y: model.embedY };
      const { constant } = model.certify('l2');
      return { lipschitzConstant: constant, values: await valuesOf(key, embeddings, test, context), failure: null };
    } finally {
      model.dispose();
    }
  } catch (error) {
    // An objective whose gradient is no longer finite is a finding, not a fault of the study.
    if (error instanceof DataError) return { lipschitzConstant: null, values: [], failure: error.message };
    throw error;
  }
}

/** Trains in a worker: several runs at a time use as many cores. */
async function trained(key: LogNKey, data: PairSpec, { label, progress, signal }: RunContext): Promise<Model> {
  const trainer = await createTrainer();
  const task = progress.task(label, key.steps);
  try {
    const options = {
      objective: key.objective,
      critic: criticOf(key),
      lipschitz: key.lipschitz,
      encoder: key.encoder,
      batch: key.trainingBatch,
      learningRate: key.learningRate,
      // Without it NWJ and DV leave the numbers within some hundred steps.
      clipNorm: 1,
      steps: key.steps,
      seed: key.seed,
    };
    const { model } = await trainer.train({ data, options }, { signal, onStep: (entry) => task.update(entry) });
    return loadModel(model);
  } finally {
    task.done();
    trainer.dispose();
  }
}

async function valuesOf(
  key: LogNKey,
  embeddings: Embeddings,
  test: PairSource,
  { signal }: RunContext,
): Promise<LogNResult['values']> {
  const breathe = breather();
  const values: { n: number; batches: (number | null)[] }[] = [];
  for (const [n, count] of key.batches) {
    const { x, y } = await collectPairs(test, n * count, TEST_SEED + key.seed);
    const measure = batchValues(key, n, embeddings.x(x), embeddings.y(y));
    const batches: (number | null)[] = [];
    for (let i = 0; i < count; i++) {
      await breathe();
      signal.throwIfAborted();
      batches.push(measure(i));
    }
    values.push({ n, batches });
  }
  return values;
}

function batchValues(key: LogNKey, n: number, g: Matrix, h: Matrix): (batch: number) => number | null {
  const rows = ({ data, cols }: Matrix, batch: number) => data.subarray(batch * n * cols, (batch + 1) * n * cols);
  return (batch) => {
    const { objective } = key;
    const plan = lossPlan({ objective, critic: criticOf(key), n, d: g.cols, gradients: 'none' });
    try {
      plan.x.set(rows(g, batch));
      plan.y.set(rows(h, batch));
      return plan.run();
    } catch (error) {
      if (error instanceof DataError) return null;
      throw error;
    } finally {
      plan.dispose();
    }
  };
}

function criticOf({ critic }: LogNKey) {
  return critic === 'distance' ? distance() : separable();
}

import { createHeads, headTensors } from '../../../ts/adapters/heads/heads.js';
import { adam } from '../../../ts/adapters/training/adam.js';
import { cosineSchedule } from '../../../ts/adapters/training/cosine-schedule.js';
import type { TrainingBatch } from '../../../ts/adapters/training/training-batches.js';
import { trainingStep } from '../../../ts/adapters/training/training-step.js';
import { matrix } from '../../../ts/wasm/matrix.js';
import type { Trial } from '../../engine.js';
import { type AdapterProblem, answerSteps } from '../../problem.js';

/** The steps of `fitAdapter`, which evaluates besides and chooses batches by chance. */
export function adapterTrial(problem: AdapterProblem): Trial {
  const { epochs, learningRate, n, batch } = problem;
  const perEpoch = Math.floor(n / batch);
  const steps = epochs * perEpoch;
  const batches = batchesOf(problem, perEpoch);
  const train = (count: number, onGradient: (value: number, gradient: Float32Array) => void = () => {}): void => {
    const run = startRun(problem);
    for (let at = 0; at < count; at += 1) {
      const value = run.step.run(batches[at % perEpoch]);
      onGradient(value, run.gradient);
      run.optimiser.step(learningRate * cosineSchedule(at, steps));
    }
    run.step.dispose();
  };
  return {
    answer: async () => {
      const values: number[] = [];
      let first: Float32Array | null = null;
      train(answerSteps, (value, gradient) => {
        first ??= gradient.slice();
        values.push(value);
      });
      return { values: Float32Array.from(values), gradient: first ?? new Float32Array(0) };
    },
    run: () => train(steps),
    dispose: () => {},
  };
}

function startRun({ n, d, x, y, scale }: AdapterProblem) {
  const shape = {
    adapt: 'query',
    head: 'full',
    dims: d,
    documentDims: d,
    sizes: [d],
    rank: null,
    hidden: null,
  } as const;
  const heads = createHeads(shape, 0);
  const tensors = headTensors(heads);
  const step = trainingStep(heads, matrix(x, n, d), matrix(y, n, d), { objective: 'cpc', scale, sizes: [d] });
  return { step, optimiser: adam(tensors), gradient: tensors[0].gradient };
}

function batchesOf({ n, batch }: AdapterProblem, count: number): readonly TrainingBatch[] {
  const candidates = Array.from({ length: n }, (_, row) => row);
  const ids = Uint32Array.from(candidates);
  return Array.from({ length: count }, (_, at) => {
    const queries = candidates.slice(at * batch, (at + 1) * batch);
    const offsets = Uint32Array.from({ length: batch + 1 }, (_, i) => i);
    const positives = { offsets, indices: Uint32Array.from(queries), weights: new Float32Array(batch).fill(1) };
    return { queries, candidates, positives, ids };
  });
}

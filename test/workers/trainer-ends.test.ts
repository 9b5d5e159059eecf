import { getEventListeners, once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  AbortError,
  arrayPairs,
  fit,
  loadModel,
  OptionsError,
  readSafetensors,
  ShapeError,
  StateError,
  WorkerError,
} from '../../dist/entries/node.js';
import { createTrainer, type RemoteTrainer, type TrainerJob } from '../../dist/entries/workers.js';
import { printed } from '../support/printed.js';

const ROWS = 100;

function matrix(cols: number) {
  const data = Float32Array.from({ length: ROWS * cols }, (_, i) => Math.sin(1 + i * i));
  return { data, rows: ROWS, cols };
}

const options = { objective: 'cpc', critic: 'cosine', encoder: '8-4', batch: 16, deterministic: true } as const;

function jobOf(steps: number): TrainerJob {
  return { data: { kind: 'arrays', pairs: { x: matrix(5), y: matrix(3) } }, options: { ...options, steps } };
}

/** More steps than any test waits for. */
const endless = jobOf(10_000_000);

let trainer: RemoteTrainer;
let thread: Worker;

beforeEach(async () => {
  const started = once(process, 'worker');
  trainer = await createTrainer();
  [thread] = await started;
});

afterEach(() => trainer.dispose());

describe('W1: no promise is left unsettled', () => {
  it('W1 A: a worker that ends in mid-run rejects with a WorkerError', async () => {
    const { signal } = new AbortController();
    const run = trainer.train(endless, { signal, onStep: ({ step }) => void (step === 5 && thread.terminate()) });
    await expect(run).rejects.toBeInstanceOf(WorkerError);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await expect(trainer.train(jobOf(1))).rejects.toBeInstanceOf(WorkerError);
  }, 10_000);

  it('W1 A: so does a trainer that is disposed of in mid-run', async () => {
    const run = trainer.train(endless, { onStep: ({ step }) => void (step === 5 && trainer.dispose()) });
    await expect(run).rejects.toBeInstanceOf(WorkerError);
  }, 10_000);

  it('W1 C: a disposed trainer rejects at once', async () => {
    trainer.dispose();
    await expect(trainer.train(jobOf(1))).rejects.toBeInstanceOf(WorkerError);
  });

  it('W1 D: a script that trains and disposes exits by itself', async () => {
    const entry = new URL('../../dist/entries/workers.js', import.meta.url);
    const script = `
      import { createTrainer } from ${JSON.stringify(entry.href)};
      const x = { data: Float32Array.from({ length: 80 }, (_, i) => Math.sin(i * i)), rows: 40, cols: 2 };
      const trainer = await createTrainer();
      const data = { kind: 'arrays', pairs: { x, y: x } };
      const { steps } = await trainer.train({ data, options: { encoder: '4', batch: 8, steps: 3 } });
      trainer.dispose();
      console.log(steps);`;
    expect(await printed(script)).toEqual({ end: [0, null], stdout: '3\n' });
  });
});

describe('what was done before a run fails is told', () => {
  /** Callbacks that write down what they are told; the first one works while the worker goes on. */
  function listener() {
    const steps: number[] = [];
    const checkpoints: number[] = [];
    return {
      steps,
      checkpoints,
      onStep: ({ step }: { readonly step: number }): void => {
        steps.push(step);
        for (const end = performance.now() + 200; step === 1 && performance.now() < end; );
      },
      onCheckpoint: (bytes: Uint8Array): void => {
        checkpoints.push(JSON.parse(readSafetensors(bytes).metadata.extra).counters.step);
      },
    };
  }
  const firstSteps = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const tens = (steps: number) => firstSteps(Math.floor(steps / 10)).map((ten) => 10 * ten);

  it('every step and checkpoint of a job that fails, in order', async () => {
    const huge = (cols: number) => {
      const data = Float32Array.from({ length: 5000 * cols }, (_, i) => (i === 777 ? 3e38 : Math.sin(1 + i * i)));
      return { data, rows: 5000, cols };
    };
    const pairs = { x: huge(5), y: huge(3) };
    const failing = { ...options, critic: 'separable', seed: 2, steps: 3000 } as const;
    const { steps, checkpoints, ...callbacks } = listener();
    const job = { data: { kind: 'arrays', pairs }, options: failing, checkpointEvery: 10 } as const;
    const error = await trainer.train(job, callbacks).catch((thrown: Error) => thrown);
    const failed = Number(/^step (\d+) was not taken/.exec((error as Error).message)?.[1]);
    expect(failed).toBeGreaterThan(20);
    expect(steps).toEqual(firstSteps(failed - 1));
    expect(checkpoints).toEqual(tens(failed - 1));
  });

  it.each([{}, { checkpointEvery: undefined }])('the checkpoint of its end, of a job with %j', async (absent) => {
    const { steps: _, checkpoints, onCheckpoint } = listener();
    await trainer.train({ ...jobOf(3), ...absent } as TrainerJob, { onCheckpoint });
    expect(checkpoints).toEqual([3]);
  });

  it('every step that a worker told of before it died', async () => {
    const { steps, checkpoints, ...callbacks } = listener();
    const run = trainer.train(
      { ...endless, checkpointEvery: 10 },
      {
        onCheckpoint: callbacks.onCheckpoint,
        onStep: (entry) => {
          callbacks.onStep(entry);
          if (entry.step === 1) thread.terminate();
        },
      },
    );
    await expect(run).rejects.toBeInstanceOf(WorkerError);
    // The worker had 200 milliseconds for them.
    expect(steps.length).toBeGreaterThan(1);
    expect(steps).toEqual(firstSteps(steps.length));
    expect(tens(steps.length).slice(0, checkpoints.length)).toEqual(checkpoints);
    expect(tens(steps.length).length - checkpoints.length).toBeLessThanOrEqual(1);
  });

  it('nothing more once the trainer is disposed of', async () => {
    const { steps, ...callbacks } = listener();
    const onStep = (entry: { readonly step: number }): void => {
      callbacks.onStep(entry);
      trainer.dispose();
    };
    await expect(trainer.train(endless, { onStep })).rejects.toBeInstanceOf(WorkerError);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(steps).toEqual([1]);
  });

  it('a job that cannot be sent rejects, and the next one trains', async () => {
    const job = Object.assign(jobOf(2), { options: { ...options, seed: () => 1 } });
    await expect(trainer.train(job)).rejects.toBeInstanceOf(OptionsError);
    expect((await trainer.train(jobOf(2))).steps).toBe(2);
  });
});

describe('W4: what crosses to the worker and back', () => {
  it('W4 A: a signal aborted before rejects with an AbortError of its reason', async () => {
    const reason = new Error('not today');
    const run = trainer.train(jobOf(1), { signal: AbortSignal.abort(reason) });
    await expect(run).rejects.toBeInstanceOf(AbortError);
    await expect(run).rejects.toMatchObject({ name: 'AbortError', reason, cause: reason });
  });

  it('W4 A: a signal aborted after 3 steps rejects so too, hands over the work done, and has no listener left', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const checkpoints: Uint8Array[] = [];
    let told = 0;
    const run = trainer.train(endless, {
      signal,
      onStep: ({ step }) => {
        told = step;
        if (step === 3) controller.abort();
      },
      onCheckpoint: (bytes) => void checkpoints.push(bytes),
    });
    const error = await run.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AbortError);
    expect((error as AbortError).reason).toBe(signal.reason);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(told).toBeGreaterThanOrEqual(3);
    expect(checkpoints).toHaveLength(1);
    // The run goes on from there as if it had never been stopped.
    const steps = told + 5;
    const job = (resume?: Uint8Array) => ({
      ...jobOf(steps),
      options: { ...options, steps, ...(resume && { resume }) },
    });
    const resumed = await trainer.train(job(checkpoints[0]));
    expect(resumed.history).toHaveLength(5);
    expect(Buffer.compare(resumed.model, (await trainer.train(job())).model)).toBe(0);
  });

  it('W4 A: a signal that times out rejects with its reason', async () => {
    const signal = AbortSignal.timeout(50);
    const error = await trainer.train(endless, { signal }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'AbortError', reason: { name: 'TimeoutError' } });
    expect((error as AbortError).reason).toBe(signal.reason);
  });

  it('W4 A: 1,000 calls with one signal leave no listeners', async () => {
    const { signal } = new AbortController();
    const listeners = () => [...thread.eventNames()].map((name) => thread.listenerCount(name));
    await trainer.train(jobOf(1), { signal });
    const before = listeners();
    for (let call = 0; call < 1000; call++) await trainer.train(jobOf(1), { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(listeners()).toEqual(before);
  });

  it('W4 B: an error keeps its class and message', async () => {
    const { data } = jobOf(1);
    const run = trainer.train({ data, options: JSON.parse('{"critic":"nonsense"}') });
    await expect(run).rejects.toBeInstanceOf(OptionsError);
    await expect(run).rejects.toThrow(/nonsense/);
    expect((await trainer.train({ data, options: { ...options, steps: 2 } })).steps).toBe(2);
  });

  it('W4 B: data that do not fit are a ShapeError, naming both sizes', async () => {
    const job = { ...jobOf(1), options: { ...options, steps: 1, shared: true } };
    await expect(trainer.train(job)).rejects.toBeInstanceOf(ShapeError);
    await expect(trainer.train(job)).rejects.toThrow(/5 .*3 /);
  });

  it('W4 B: what cannot cross is named', async () => {
    const signal: object = new AbortController().signal;
    const job = { ...jobOf(1), options: { ...options, ...{ onWarning: () => signal } } };
    await expect(trainer.train(job)).rejects.toBeInstanceOf(OptionsError);
    await expect(trainer.train(job)).rejects.toThrow(/plain data/);
    const callbacks = JSON.parse('{"onSteps": 1}');
    await expect(trainer.train(jobOf(1), callbacks)).rejects.toThrow(/no option 'onSteps'/);
  });

  it.each<[string, (length: number) => Float32Array]>([
    ['own buffer', (length) => new Float32Array(length)],
    ['subarray', (length) => new Float32Array(length + 7).subarray(3, 3 + length)],
    ['shared', (length) => new Float32Array(new SharedArrayBuffer(4 * length))],
  ])('W4 C: an array of the caller keeps its length and values: %s', async (_, make) => {
    const wanted = matrix(5);
    const { length } = wanted.data;
    const own = make(length);
    own.set(wanted.data);
    const x = { ...wanted, data: own };
    const result = await trainer.train({ ...jobOf(2), data: { kind: 'arrays', pairs: { x, y: matrix(3) } } });
    const embedded = await trainer.embed('x', x);
    expect(own.length).toBe(length);
    expect(Array.from(own)).toEqual(Array.from(wanted.data));
    // And the worker has read them right.
    expect(Buffer.compare(result.model, (await trainer.train(jobOf(2))).model)).toBe(0);
    expect(embedded).toEqual(await trainer.embed('x', wanted));
  });

  it('W4 D: a callback that throws ends the run with that very error', async () => {
    const fault = new RangeError('enough');
    const seen: number[] = [];
    const onStep = ({ step }: { readonly step: number }): void => {
      seen.push(step);
      if (step === 4) throw fault;
    };
    await expect(trainer.train(endless, { onStep })).rejects.toBe(fault);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect((await trainer.train(jobOf(2))).steps).toBe(2);
    expect(seen).toEqual([1, 2, 3, 4]);
  });
});

describe('L3: a worker trains as the main thread does', () => {
  it('L3: tells of all steps in order, and ends with the same bytes as fit', async () => {
    const seen: number[] = [];
    const remote = await trainer.train(jobOf(60), { onStep: ({ step }) => void seen.push(step) });
    expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    // The rows that openPairs trains on: all but two in five.
    const pairs = (await import('../../dist/data/row-splits.js')).splitPairs({ x: matrix(5), y: matrix(3) }, 'train');
    const { model } = await fit({ ...options, steps: 60, pairs: arrayPairs(pairs) });
    expect(Buffer.compare(remote.model, model.toBytes())).toBe(0);
    model.dispose();
  });

  it('L3: tells of steps while it trains', async () => {
    let told = 0;
    const controller = new AbortController();
    const run = trainer.train(endless, { signal: controller.signal, onStep: () => void told++ });
    while (told < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    await expect(run).rejects.toBeInstanceOf(AbortError);
  });
});

describe('what is asked of a trainer from outside', () => {
  it('embeds and checkpoints while it trains, by the model after the step under way', async () => {
    const controller = new AbortController();
    const asked: Promise<unknown>[] = [];
    const run = trainer.train(endless, {
      signal: controller.signal,
      onStep: ({ step }) => {
        if (step === 2)
          asked.push(trainer.embed('x', matrix(5)), trainer.checkpoint(), trainer.embed('y', [[1, 2, 3]]));
      },
    });
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [x, checkpoint, y] = await Promise.all(asked);
    expect(x).toMatchObject({ rows: ROWS, cols: 4 });
    expect(y).toMatchObject({ rows: 1, cols: 4 });
    controller.abort();
    await expect(run).rejects.toBeInstanceOf(AbortError);
    const { counters } = JSON.parse(readSafetensors(checkpoint as Uint8Array).metadata.extra);
    expect(counters.step).toBeGreaterThanOrEqual(2);
    const steps = counters.step + 2;
    const resumed = { ...options, steps, resume: checkpoint as Uint8Array };
    const { model, history } = await trainer.train({ ...jobOf(1), options: resumed });
    expect(history.map(({ step }) => step)).toEqual([steps - 1, steps]);
    expect(Buffer.compare(model, (await trainer.train(jobOf(steps))).model)).toBe(0);
  });

  it('embeds by the last model between jobs, as that model does, also after one that failed', async () => {
    await expect(trainer.embed('x', matrix(5))).rejects.toBeInstanceOf(StateError);
    await expect(trainer.checkpoint()).rejects.toBeInstanceOf(StateError);
    const { model: bytes } = await trainer.train(jobOf(3));
    const model = loadModel(bytes, { deterministic: true });
    expect(await trainer.embed('x', matrix(5))).toEqual(model.embedX(matrix(5)));
    expect(await trainer.embed('y', matrix(3))).toEqual(model.embedY(matrix(3)));
    model.dispose();
    await expect(trainer.embed('x', matrix(3))).rejects.toBeInstanceOf(ShapeError);
    const embedded = await trainer.embed('x', matrix(5));
    const failing = { ...jobOf(3), options: { ...options, batch: -1 } };
    await expect(trainer.train(failing)).rejects.toBeInstanceOf(OptionsError);
    expect(await trainer.embed('x', matrix(5))).toEqual(embedded);
    await expect(trainer.checkpoint()).rejects.toBeInstanceOf(StateError);
  });
});

describe('a trainer whose steps further workers take', () => {
  const withWorkers = (steps: number) => ({ ...jobOf(steps), options: { ...options, steps, workers: 2 } });

  it('trains what it would alone', async () => {
    const together = await trainer.train(withWorkers(40));
    const alone = await trainer.train(jobOf(40));
    expect(together.history.map(({ value }) => value)).toEqual(alone.history.map(({ value }) => value));
    expect(Buffer.compare(together.model, alone.model)).toBe(0);
  });

  it('embeds and checkpoints meanwhile', async () => {
    const controller = new AbortController();
    const asked: Promise<unknown>[] = [];
    const onStep = ({ step }: { readonly step: number }): void => {
      if (step === 2) asked.push(trainer.embed('x', matrix(5)), trainer.checkpoint());
    };
    const run = trainer.train(withWorkers(10_000_000), { signal: controller.signal, onStep });
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [embedded, checkpoint] = await Promise.all(asked);
    expect(embedded).toMatchObject({ rows: ROWS, cols: 4 });
    controller.abort();
    await expect(run).rejects.toBeInstanceOf(AbortError);
    const steps = JSON.parse(readSafetensors(checkpoint as Uint8Array).metadata.extra).counters.step + 2;
    const resume = { ...options, steps, resume: checkpoint as Uint8Array };
    const resumed = await trainer.train({ ...jobOf(1), options: resume });
    expect(resumed.history).toHaveLength(2);
    expect(Buffer.compare(resumed.model, (await trainer.train(jobOf(steps))).model)).toBe(0);
  });

  it('refuses a number of workers that is none', async () => {
    const job = { ...jobOf(1), options: { ...options, workers: 0 } };
    await expect(trainer.train(job)).rejects.toThrow(/workers must be 'auto' or a whole number/);
  });

  it('W1 A: rejects in mid-run when it is disposed of, and a script then exits by itself', async () => {
    const entry = new URL('../../dist/entries/workers-node.js', import.meta.url);
    const script = `
      import { createTrainer } from ${JSON.stringify(entry.href)};
      const x = { data: Float32Array.from({ length: 400 }, (_, i) => Math.sin(i * i)), rows: 200, cols: 2 };
      const trainer = await createTrainer();
      const job = { data: { kind: 'arrays', pairs: { x, y: x } }, options: { encoder: '4', batch: 80, steps: 1e7, workers: 2 } };
      await trainer.train(job, { onStep: ({ step }) => void (step === 5 && trainer.dispose()) }).catch(({ name }) => console.log(name));`;
    expect(await printed(script)).toEqual({ end: [0, null], stdout: 'WorkerError\n' });
  });
});

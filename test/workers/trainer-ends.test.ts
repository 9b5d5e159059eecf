import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arrayPairs, fit, OptionsError, WorkerError } from '../../dist/entries/node.js';
import { createTrainer, type RemoteTrainer, type TrainerJob } from '../../dist/entries/workers.js';

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
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { timeout: 30_000 });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(stdout).toBe('3\n');
  });
});

describe('W4: what crosses to the worker and back', () => {
  it('W4 A: a signal aborted before rejects with its reason', async () => {
    const reason = new Error('not today');
    await expect(trainer.train(jobOf(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('W4 A: a signal aborted after 3 steps ends the run, and has no listener left', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const run = trainer.train(endless, { signal, onStep: ({ step }) => void (step === 3 && controller.abort()) });
    const { stopped, steps, history } = await run;
    expect(stopped).toBe('aborted');
    expect(steps).toBeGreaterThanOrEqual(3);
    expect(history).toHaveLength(steps);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('W4 B: an error keeps its class and message', async () => {
    const { data } = jobOf(1);
    const run = trainer.train({ data, options: JSON.parse('{"critic":"nonsense"}') });
    await expect(run).rejects.toBeInstanceOf(OptionsError);
    await expect(run).rejects.toThrow(/nonsense/);
    expect((await trainer.train({ data, options: { ...options, steps: 2 } })).steps).toBe(2);
  });

  it('W4 C: arrays of the caller keep their length and values', async () => {
    const [x, y] = [matrix(5), matrix(3)];
    await trainer.train({ ...jobOf(2), data: { kind: 'arrays', pairs: { x, y } } });
    expect(x).toEqual(matrix(5));
    expect(y).toEqual(matrix(3));
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
    expect((await run).stopped).toBe('aborted');
  });
});

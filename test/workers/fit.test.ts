import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
// The compiled package, which `npm test` builds first: a thread cannot be started from TypeScript.
import {
  arrayPairs,
  DataError,
  type FitOptions,
  type FitResult,
  fit as fitAlone,
  iterablePairs,
  KantorovichError,
  OptionsError,
  type PairSource,
  readSafetensors,
  ShapeError,
  WorkerError,
} from '../../dist/entries/node.js';
import { fit, type WorkersOption } from '../../dist/entries/workers-node.js';
import { START } from '../../ts/data/pair-source.js';
import { random } from '../../ts/wasm/random.js';
import { arbitraryRun } from '../support/arbitrary-run.js';
import { printed } from '../support/printed.js';

afterEach(() => vi.unstubAllGlobals());

const EXCHANGES = ['shared memory', 'messages'] as const;

/** As in a page that is not cross-origin isolated. */
function withoutSharedMemory(): void {
  vi.stubGlobal('crossOriginIsolated', false);
}

function normalPairs(rows: number, xDim: number, yDim: number, seed: number): PairSource {
  using stream = random(seed);
  const draw = (cols: number) => ({
    data: Float32Array.from({ length: rows * cols }, () => stream.normal()),
    rows,
    cols,
  });
  return arrayPairs({ x: draw(xDim), y: draw(yDim) });
}

const small = (more: Partial<FitOptions> = {}): FitOptions => ({
  pairs: normalPairs(300, 6, 5, 1),
  encoder: '12-8',
  batch: 130,
  steps: 8,
  deterministic: true,
  ...more,
});

/** All of a run that must be the same, or the words of its error. */
async function outcomeOf(run: Promise<FitResult>): Promise<object | string> {
  try {
    const { model, history, steps, stopped } = await run;
    const bytes = Buffer.from(model.toBytes());
    model.dispose();
    return { bytes, history: history.map(({ examplesPerSecond, ...entry }) => entry), steps, stopped };
  } catch (error) {
    // A worker knows only its own entries of a gradient.
    if (error instanceof KantorovichError) return String(error).replace(/(the gradient must be finite).*/, '$1');
    throw error;
  }
}

/** A run with its checkpoints and snapshots. */
async function watched(
  fitter: (options: FitOptions & WorkersOption) => Promise<FitResult>,
  options: FitOptions & WorkersOption,
) {
  const files: Buffer[] = [];
  const keep = (bytes: Uint8Array): void => void files.push(Buffer.from(bytes));
  const outcome = await outcomeOf(
    fitter({
      ...options,
      checkpoint: { every: 3, save: keep },
      snapshot: { every: 4, take: (_, bytes) => keep(bytes) },
    }),
  );
  return { outcome, files };
}

describe.each(EXCHANGES)('fit with workers that exchange by %s', (exchange) => {
  it('is fit alone, bit for bit, whatever it trains and however many they are', async () => {
    if (exchange === 'messages') withoutSharedMemory();
    await fc.assert(
      fc.asyncProperty(arbitraryRun, async ({ xDim, yDim, options }) => {
        const [pairs, heldOut] = [normalPairs(2 * options.batch + 3, xDim, yDim, 1), normalPairs(250, xDim, yDim, 2)];
        const run = { ...options, pairs, heldOut, heldOutPairs: 250, evaluateEvery: 2, steps: 5, deterministic: true };
        const alone = await watched(fitAlone, run);
        for (const workers of [1, 2, 3]) expect(await watched(fit, { ...run, workers })).toEqual(alone);
      }),
      { numRuns: 4 },
    );
  });

  it('goes on from a checkpoint of any number of workers', async () => {
    if (exchange === 'messages') withoutSharedMemory();
    const whole = await outcomeOf(fitAlone(small({ standardise: true })));
    let half = new Uint8Array(0);
    const save = (bytes: Uint8Array): void => {
      half = Uint8Array.from(bytes);
    };
    for (const [before, after] of [
      [2, 3],
      [3, 1],
      [1, 2],
    ] as const) {
      const options = small({ standardise: true, checkpoint: { every: 100, save } });
      const first = await fit({ ...options, steps: 3, workers: before });
      first.model.dispose();
      const second = await outcomeOf(fit({ ...small({ standardise: true, resume: half }), workers: after }));
      expect(second).toMatchObject({ steps: 8, bytes: (whole as { bytes: Buffer }).bytes });
    }
    const alone = await outcomeOf(fitAlone(small({ standardise: true, resume: half })));
    expect(alone).toMatchObject({ bytes: (whole as { bytes: Buffer }).bytes });
  });

  it('stops early, on a signal, and where pairs run out, as fit does', async () => {
    if (exchange === 'messages') withoutSharedMemory();
    const earlyStopping = { heldOut: normalPairs(260, 6, 5, 9), evaluateEvery: 1, earlyStopping: { patience: 2 } };
    const early = small({ ...earlyStopping, steps: 200, learningRate: 0.05 });
    const patient = await outcomeOf(fitAlone(early));
    expect(patient).toMatchObject({ stopped: 'early' });
    expect(await outcomeOf(fit({ ...early, workers: 2 }))).toEqual(patient);
    const aborted = () => {
      const stop = new AbortController();
      return small({ signal: stop.signal, onStep: ({ step }) => void (step === 5 && stop.abort()) });
    };
    const stopped = await outcomeOf(fit({ ...aborted(), workers: 2 }));
    expect(stopped).toMatchObject({ stopped: 'aborted', steps: 5 });
    expect(stopped).toEqual(await outcomeOf(fitAlone(aborted())));
    const few = { pairs: firstBatches(3), batch: 70 };
    const exhausted = await outcomeOf(fitAlone(small(few)));
    expect(exhausted).toMatchObject({ stopped: 'exhausted', steps: 3 });
    expect(await outcomeOf(fit({ ...small(few), workers: 2 }))).toEqual(exhausted);
  });
});

/** So many batches, and then a source that owes the next one for ever; `owing` is called then. */
function stallingAfter(count: number, owing: () => void): PairSource {
  const pairs = normalPairs(300, 6, 5, 1);
  return {
    ...pairs,
    async *batches(options) {
      let given = 0;
      for await (const batch of pairs.batches(options)) {
        if (given++ === count) {
          owing();
          await new Promise(() => {});
        }
        yield batch;
      }
    },
  };
}

/** So many batches of 70 pairs, and then no more. */
function firstBatches(count: number): PairSource {
  async function* batches() {
    using stream = random(3);
    const draw = (cols: number) => Float32Array.from({ length: 70 * cols }, () => stream.normal());
    for (let batch = 0; batch < count; batch++) yield { x: draw(6), y: draw(5) };
  }
  return iterablePairs({ xDim: 6, yDim: 5, batches });
}

describe('what fit with workers refuses', () => {
  it.each([0, 1.5, -1, Number.NaN, 'all', null, 1000])('workers: %s', async (workers) => {
    const run = fit({ ...small(), ...JSON.parse(JSON.stringify({ workers })) });
    await expect(run).rejects.toBeInstanceOf(OptionsError);
  });

  it('fit alone says where workers are to be had', async () => {
    const options = { ...small(), workers: 2 };
    await expect(fitAlone(options)).rejects.toThrow(/option of the fit of 'kantorovich\/workers'/);
  });

  it('a batch that is no batch, or no number, with the words of fit alone, and its threads end', async () => {
    const threads: Worker[] = [];
    const note = (thread: Worker): void => void threads.push(thread);
    process.on('worker', note);
    const source = (batches: PairSource['batches']): PairSource => ({ ...normalPairs(300, 6, 5, 1), batches });
    const wrong = source(function* ({ batch }) {
      yield { size: batch, x: new Float32Array(6 * batch), y: new Float32Array(4 * batch), cursor: START };
    });
    const bad = source(function* ({ batch }) {
      yield {
        size: batch,
        x: new Float32Array(6 * batch).fill(Number.NaN),
        y: new Float32Array(5 * batch),
        cursor: START,
      };
    });
    for (const [pairs, Refusal] of [
      [wrong, ShapeError],
      [bad, DataError],
    ] as const) {
      const alone = await outcomeOf(fitAlone(small({ pairs })));
      await expect(fit({ ...small({ pairs }), workers: 2 })).rejects.toBeInstanceOf(Refusal);
      expect(await outcomeOf(fit({ ...small({ pairs }), workers: 2 }))).toBe(alone);
    }
    process.off('worker', note);
    expect(threads).toHaveLength(8);
    await Promise.all(threads.map((thread) => thread.threadId === -1 || once(thread, 'exit')));
  });
});

describe('W1: no promise is left unsettled', () => {
  it.each(EXCHANGES)(
    'W1 A: a worker that is terminated in step 5 is named, the other ends, and the last checkpoint resumes: %s',
    async (exchange) => {
      if (exchange === 'messages') withoutSharedMemory();
      const threads: Worker[] = [];
      const note = (thread: Worker): void => void threads.push(thread);
      process.on('worker', note);
      let last = new Uint8Array(0);
      const save = (bytes: Uint8Array): void => {
        last = Uint8Array.from(bytes);
      };
      const onStep = ({ step }: { readonly step: number }): void => void (step === 5 && threads[1].terminate());
      const run = fit({ ...small({ steps: 1e6, checkpoint: { every: 2, save }, onStep }), workers: 2 });
      await expect(run).rejects.toBeInstanceOf(WorkerError);
      await expect(run).rejects.toThrow(/worker 2 of 2 ended: it exited with code 1/);
      process.off('worker', note);
      await Promise.all(threads.map((thread) => thread.threadId === -1 || once(thread, 'exit')));
      const steps = JSON.parse(readSafetensors(last).metadata.extra).counters.step + 3;
      expect(steps).toBeGreaterThanOrEqual(4 + 3);
      const resumed = await outcomeOf(fit({ ...small({ steps, resume: last }), workers: 2 }));
      expect(resumed).toMatchObject({ steps, bytes: Object(await outcomeOf(fitAlone(small({ steps })))).bytes });
    },
  );

  it.each(EXCHANGES)('W1 A: a worker that dies while the source of pairs is waited for: %s', async (exchange) => {
    if (exchange === 'messages') withoutSharedMemory();
    const threads: Worker[] = [];
    const note = (thread: Worker): void => void threads.push(thread);
    process.on('worker', note);
    let owes = false;
    const pairs = stallingAfter(3, () => {
      owes = true;
    });
    const onStep = ({ step }: { readonly step: number }): void => {
      if (step === 3) setTimeout(() => threads[0].terminate(), 20);
    };
    await expect(fit({ ...small({ pairs, onStep }), workers: 2 })).rejects.toThrow(/worker 1 of 2 ended/);
    expect(owes).toBe(true);
    process.off('worker', note);
    await Promise.all(threads.map((thread) => thread.threadId === -1 || once(thread, 'exit')));
  });

  it.each(['fit alone', 'workers'])('a signal that aborts while the source is waited for: %s', async (kind) => {
    const stop = new AbortController();
    const saved: Uint8Array[] = [];
    const options = small({
      pairs: stallingAfter(3, () => {}),
      signal: stop.signal,
      onStep: ({ step }) => void (step === 3 && setTimeout(() => stop.abort(), 20)),
      checkpoint: { every: 1000, save: (bytes) => void saved.push(Uint8Array.from(bytes)) },
    });
    const stopped = await outcomeOf(kind === 'workers' ? fit({ ...options, workers: 2 }) : fitAlone(options));
    expect(stopped).toMatchObject({ stopped: 'aborted', steps: 3 });
    expect(saved).toHaveLength(1);
    const whole = Object(await outcomeOf(fitAlone(small())));
    expect(await outcomeOf(fitAlone(small({ resume: saved[0] })))).toMatchObject({ steps: 8, bytes: whole.bytes });
  });

  it('W1 D: a script that awaits fit and does nothing else exits by itself', async () => {
    const entry = new URL('../../dist/entries/workers-node.js', import.meta.url);
    const script = `
      import { fit } from ${JSON.stringify(entry.href)};
      import { arrayPairs } from ${JSON.stringify(new URL('./node.js', entry).href)};
      const x = { data: Float32Array.from({ length: 400 }, (_, i) => Math.sin(i * i)), rows: 200, cols: 2 };
      const { steps, model } = await fit({ pairs: arrayPairs({ x, y: x }), encoder: '4', batch: 80, steps: 3, workers: 2 });
      model.dispose();
      console.log(steps);`;
    expect(await printed(script)).toEqual({ end: [0, null], stdout: '3\n' });
  });
});

import { describe, expect, it } from 'vitest';
import { distance } from '../../ts/critics/distance.js';
import type { Batch, PairSource } from '../../ts/data/pair-source.js';
import { weightBall } from '../../ts/lipschitz/lipschitz.js';
import { fit } from '../../ts/training/fit.js';
import type { FitOptions } from '../../ts/training/fit-options.js';
import type { HistoryEntry } from '../../ts/training/history.js';
import { loadModel } from '../../ts/training/model.js';
import { CheckpointError, DataError, OptionsError, ShapeError } from '../../ts/wasm/errors.js';
import { liveResources } from '../../ts/wasm/resource.js';
import { gaussianPairs } from './gaussian-pairs.js';

const small = (more: Partial<FitOptions> = {}): FitOptions => ({
  pairs: gaussianPairs(64, 6, 1),
  encoder: '8-4',
  batch: 4,
  steps: 40,
  learningRate: 1e-2,
  deterministic: true,
  ...more,
});

const figures = (history: readonly HistoryEntry[]) => history.map(({ step, value, loss }) => [step, value, loss]);

async function train(options: FitOptions) {
  const { model, ...rest } = await fit(options);
  const bytes = model.toBytes();
  model.dispose();
  return { ...rest, bytes };
}

/** What the model of a file makes of three fixed rows. */
function embedded(bytes: Uint8Array): Float32Array {
  const model = loadModel(bytes, { deterministic: true });
  const rows = { data: Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)), rows: 3, cols: 6 };
  const { data } = model.embedX(rows);
  model.dispose();
  return data;
}

describe('fit', () => {
  it.each([
    ['cpc', 'separable', 'none'],
    ['cpc-symmetric', 'cosine', 'none'],
    ['wpc', 'bilinear', 'gradient-penalty'],
    ['wdm', 'separable', 'gradient-penalty'],
    ['wpc', 'distance', 'orthonormal'],
    ['nwj', 'separable', 'spectral'],
  ] as const)(
    'raises the held-out value of %s with the %s critic and constraint %s',
    async (objective, critic, lipschitz) => {
      const options = small({
        objective,
        critic,
        lipschitz,
        steps: 150,
        heldOut: gaussianPairs(64, 6, 2),
        evaluateEvery: 50,
      });
      const { history } = await train(options);
      const values = history.flatMap(({ heldOut }) => (heldOut === null ? [] : [heldOut.value]));
      expect(values).toHaveLength(3);
      expect(values[2]).toBeGreaterThan(values[0] ?? Number.NaN);
    },
  );

  it('gives the same bytes for the same seed, and others for another', async () => {
    const [a, b, c] = [await train(small()), await train(small()), await train(small({ seed: 2 }))];
    expect(b.bytes).toEqual(a.bytes);
    expect(c.bytes).not.toEqual(a.bytes);
  });

  it('A2: 17 steps and 23 resumed are 40 steps at once, bit for bit', async () => {
    for (const options of [
      small({ objective: 'wpc', lipschitz: 'gradient-penalty', schedule: 'cosine' }),
      small({ critic: 'distance', lipschitz: 'orthonormal', standardise: true, optimiser: 'adamw' }),
      small({ lipschitz: 'spectral', optimiser: 'sgd' }),
    ]) {
      const whole = await train(options);
      let file: Uint8Array | undefined;
      const keep = (bytes: Uint8Array) => {
        file = bytes;
      };
      const stop = new AbortController();
      const first = await train({
        ...options,
        signal: stop.signal,
        onStep: ({ step }) => step === 17 && stop.abort(),
        checkpoint: { every: 5, save: keep },
      });
      expect([first.stopped, first.steps]).toEqual(['aborted', 17]);
      const rest = await train({ ...options, resume: file ?? new Uint8Array() });
      expect(figures([...first.history, ...rest.history])).toEqual(figures(whole.history));
      expect(rest.bytes).toEqual(whole.bytes);
    }
  });

  it('A2: each pair is seen once an epoch, in the order of the uninterrupted run', async () => {
    const seen = async (options: FitOptions) => {
      const batches: number[] = [];
      await train({
        ...options,
        pairs: watched(options.pairs, (batch) => batches.push(...batch.x.filter((_, i) => i % 6 === 0))),
      });
      return batches;
    };
    const all = await seen(small({ steps: 16 }));
    expect(new Set(all).size).toBe(64);
    let file: Uint8Array | undefined;
    const keep = (bytes: Uint8Array) => {
      file = bytes;
    };
    const stop = new AbortController();
    const first = await seen(
      small({
        steps: 16,
        signal: stop.signal,
        onStep: ({ step }) => step === 5 && stop.abort(),
        checkpoint: { every: 1, save: keep },
      }),
    );
    const rest = await seen(small({ steps: 16, resume: file ?? new Uint8Array() }));
    expect([...first, ...rest]).toEqual(all);
  });

  it('A4: a run whose numbers overflow ends with a typed error that names the step, and no checkpoint of NaN', async () => {
    const saved: Uint8Array[] = [];
    const run = train(small({ learningRate: 1e30, checkpoint: { every: 1, save: (bytes) => void saved.push(bytes) } }));
    await expect(run).rejects.toThrow(DataError);
    await expect(train(small({ learningRate: 1e30 }))).rejects.toThrow(/step \d/);
    for (const bytes of saved)
      await expect(train(small({ resume: bytes, steps: 1, learningRate: 1e30 }))).resolves.toBeDefined();
  });

  it('refuses to go on with a checkpoint of another run, and takes a longer one', async () => {
    let file = new Uint8Array();
    await train(
      small({
        checkpoint: {
          every: 40,
          save: (bytes) => {
            file = new Uint8Array(bytes);
          },
        },
      }),
    );
    await expect(train(small({ resume: file, learningRate: 1 }))).rejects.toThrow(/learningRate 0.01, this one has 1/);
    expect((await train(small({ resume: file, steps: 50 }))).steps).toBe(50);
  });

  it('refuses to go on with raw inputs where they were standardised, and the other way round', async () => {
    for (const standardise of [true, false]) {
      const saved: Uint8Array[] = [];
      const checkpoint = { every: 40, save: (bytes: Uint8Array) => void saved.push(bytes) };
      await train(small({ standardise, checkpoint }));
      const before = liveResources();
      const resume = saved.at(-1) ?? new Uint8Array();
      const other = train(small({ resume, steps: 50, standardise: !standardise }));
      await expect(other).rejects.toThrow(CheckpointError);
      expect(liveResources()).toBe(before);
      expect((await train(small({ resume, steps: 50, standardise }))).steps).toBe(50);
    }
  });

  it('A2: a run that stopped early stays stopped when it is resumed, with the same model', async () => {
    const saved: Uint8Array[] = [];
    const options = small({
      learningRate: 0.2,
      steps: 400,
      heldOut: gaussianPairs(64, 6, 3),
      evaluateEvery: 5,
      earlyStopping: { patience: 3 },
      checkpoint: { every: 400, save: (bytes) => void saved.push(bytes) },
    });
    const first = await train(options);
    expect(first.stopped).toBe('early');
    const resumed = await train({ ...options, resume: saved.at(-1) ?? new Uint8Array() });
    expect(resumed).toMatchObject({ stopped: 'early', steps: first.steps, history: [] });
    expect(embedded(resumed.bytes)).toEqual(embedded(first.bytes));
  });

  it('stops early without improvement, and returns the best model', async () => {
    const options = small({
      learningRate: 0.2,
      steps: 400,
      heldOut: gaussianPairs(64, 6, 3),
      evaluateEvery: 5,
      earlyStopping: { patience: 3 },
    });
    const { history, stopped, bytes } = await train(options);
    expect(stopped).toBe('early');
    const values = history.flatMap(({ heldOut, step }) => (heldOut === null ? [] : [{ value: heldOut.value, step }]));
    const best = values.reduce((a, b) => (b.value > a.value ? b : a));
    expect(values.at(-1)?.step).toBe(best.step + 15);
    const upTo = await train({ ...options, steps: best.step });
    expect(embedded(bytes)).toEqual(embedded(upTo.bytes));
    const last = await train({ ...options, earlyStopping: undefined, steps: best.step + 15 });
    expect(embedded(bytes)).not.toEqual(embedded(last.bytes));
  });

  it('ends with what a callback throws, and frees everything', async () => {
    const before = liveResources();
    const run = train(
      small({
        onStep: ({ step }) => {
          if (step === 3) throw new RangeError('enough');
        },
      }),
    );
    await expect(run).rejects.toThrow(new RangeError('enough'));
    expect(liveResources()).toBe(before);
  });

  it('says that wpc without a constraint is no Wasserstein quantity', async () => {
    const warnings: string[] = [];
    await train(small({ objective: 'wpc', lipschitz: 'none', steps: 1, onWarning: (text) => warnings.push(text) }));
    expect(warnings).toEqual([expect.stringContaining('no Wasserstein quantity')]);
  });

  it('lets timers run while it trains: one that aborts the run ends it', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 5);
    expect((await train(small({ steps: 200_000, signal: stop.signal }))).stopped).toBe('aborted');
  });

  it.each([
    ['a batch of 1', { batch: 1 }, OptionsError],
    ['no steps', { steps: 0 }, OptionsError],
    ['an unknown objective', JSON.parse('{"objective":"mi"}'), OptionsError],
    ['an unknown critic', JSON.parse('{"critic":"mlp"}'), OptionsError],
    ['what is no critic', JSON.parse('{"critic":{}}'), OptionsError],
    // Written out, "2" would be read as the bits of a tiny number.
    ['a norm that is a text', { lipschitz: JSON.parse('{"name":"spectral","norm":"2"}') }, OptionsError],
    ['a temperature that is a text', { critic: { ...distance(), temperature: JSON.parse('"2"') } }, OptionsError],
    ['a clip that is null', { objective: JSON.parse('{"name":"smile","clip":null}') }, OptionsError],
    ['an encoder in words', { encoder: 'big' }, ShapeError],
    ['odd widths for maxmin', { encoder: '7-4', activation: 'maxmin' }, ShapeError],
    ['more pairs in a batch than there are', { batch: 65 }, DataError],
    ['patience without held-out pairs', { earlyStopping: { patience: 1 } }, OptionsError],
    ['a checkpoint that is none', { resume: new Uint8Array(20) }, CheckpointError],
    ['a checkpoint that is a path', { checkpoint: JSON.parse('"ck.safetensors"') }, OptionsError],
    ['a checkpoint that nobody takes', { checkpoint: JSON.parse('{"every":1}') }, OptionsError],
    ['a checkpoint at no interval', { checkpoint: { save() {} } as never }, OptionsError],
    ['a snapshot that nobody takes', { snapshot: JSON.parse('{"every":1}') }, OptionsError],
    ['a ball without a radius above 0', { lipschitz: weightBall('l1', { radius: 0 }) }, OptionsError],
  ] as const)('refuses %s', async (_, more, kind) => {
    await expect(train(small(more))).rejects.toThrow(kind);
  });
});

function watched(source: PairSource, look: (batch: Batch) => void): PairSource {
  return {
    ...source,
    async *batches(options) {
      for await (const batch of source.batches(options)) {
        look({ ...batch, x: batch.x.slice() });
        yield batch;
      }
    },
  };
}

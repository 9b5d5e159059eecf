import { describe, expect, it } from 'vitest';
import { openPairs } from '../../ts/data/open-pairs.js';
import type { PairSpec } from '../../ts/data/pair-spec.js';
import { loadModel } from '../../ts/training/model.js';
import { probeModel, readProbeData } from '../../ts/training/probe-model.js';
import { OptionsError } from '../../ts/wasm/errors.js';
import { random } from '../../ts/wasm/random.js';
import type { ProbeJob } from '../../ts/workers/job.js';
import { runJob } from '../../ts/workers/run-job.js';

const SIZES = { training: 60, validation: 20, test: 20 } as const;

/** A hundred and twenty rows of four numbers, the one of their class larger, in as much noise. */
const data: PairSpec = (() => {
  const stream = random(1);
  const labels = Uint8Array.from({ length: 120 }, () => stream.below(4));
  const rows = { rows: 120, cols: 4 };
  const noisy = () =>
    Float32Array.from({ length: 480 }, (_, i) => stream.normal() + (labels[i >> 2] === i % 4 ? 1.5 : 0));
  return {
    kind: 'arrays',
    pairs: { x: { ...rows, data: noisy() }, y: { ...rows, data: noisy() }, labels, labelSizes: [4] },
  };
})();
const few: PairSpec = { ...data, trainingPairs: 8, trainingSeed: 1 };

const run = (probe: ProbeJob, from: PairSpec = few) => {
  const options = { objective: 'cpc', encoder: '4', batch: 8, steps: 4, deterministic: true } as const;
  return runJob({ data: from, options, probe }, () => undefined, new AbortController().signal);
};

describe('a job', () => {
  it('says what makes a description of data that are none, of its own and of its probe', async () => {
    const pairs = { x: [[1]], y: [[1]] };
    const mistakes: readonly (readonly [unknown, string])[] = [
      ['digits:2x2', 'the text "digits:2x2": parsePairSpec(text)'],
      ['x'.repeat(1e6), `"${'x'.repeat(60)}..."`],
      [pairs, "{ kind: 'arrays', pairs: { x, y } }"],
      [null, "such as { kind: 'arrays', pairs: { x, y } }, got null"],
      [{ ...pairs, kind: 'array' }, 'kind must be one of digits, omniglot'],
      [{}, 'got undefined'],
    ];
    for (const [given, message] of mistakes) {
      const spec = given as PairSpec;
      for (const start of [() => run(SIZES, spec), () => run({ ...SIZES, data: spec })]) {
        const job = start();
        await expect(job).rejects.toThrow(OptionsError);
        await expect(job).rejects.toThrow(message);
      }
    }
  });
});

describe('a probe beside training', () => {
  it('is fitted to items of the job, or of data of its own', async () => {
    for (const probe of [SIZES, { ...SIZES, data }]) {
      const { model: bytes, probes } = await run(probe);
      const model = loadModel(bytes);
      const items = await readProbeData(await openPairs('data' in probe ? data : few), SIZES);
      expect(items.train.x.rows).toBe('data' in probe ? 60 : 8);
      const { accuracy, perFactor } = probeModel(model, items);
      expect(probes).toEqual([{ step: 4, accuracy, perFactor, validation: expect.any(Number) }]);
      model.dispose();
    }
  });

  it('tells the accuracy on validation items that its strength was chosen by', async () => {
    const { model: bytes, probes } = await run({ ...SIZES, data });
    const model = loadModel(bytes);
    const { search } = probeModel(model, await readProbeData(await openPairs(data), SIZES));
    expect(probes[0].validation).toBe(Math.max(...search.map(({ accuracy }) => accuracy)));
    expect(probes[0].validation).toBeGreaterThan(0.3);
    model.dispose();
  });
});

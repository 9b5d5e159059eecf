import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { arrayPairs, fit as fitAlone } from '../../dist/entries/node.js';
import { chromiumPath } from '../support/chromium.js';
import { pagesIn } from '../support/pages-in.js';

type WebEntry = typeof import('../../dist/entries/web.js');
type WorkersEntry = typeof import('../../dist/entries/workers.js');
type Library = Pick<WebEntry, 'arrayPairs'> & Pick<WorkersEntry, 'fit' | 'createTrainer'>;

const PAGE = `<!doctype html><script type="module">
  import { arrayPairs, load } from '/entries/web.js';
  import { createTrainer, fit } from '/entries/workers.js';
  await load();
  ${String(oddRows)}
  ${String(options)}
  window.run = (work) => work({ arrayPairs, fit, createTrainer }, options(arrayPairs), oddRows);
</script>`;

/** Numbers that are float32 and the same anywhere. */
function oddRows(rows: number, cols: number) {
  const data = Float32Array.from({ length: rows * cols }, (_, i) => ((i * 7919) % 101) / 64 - 0.75);
  return { data, rows, cols };
}

/** Every kind of layer that a batch is split over: two whole blocks of 64 rows and a part of one. */
function options(makePairs: WebEntry['arrayPairs']) {
  const pairs = makePairs({ x: oddRows(300, 36), y: oddRows(300, 36) });
  const model = {
    critic: 'bilinear',
    lipschitz: 'gradient-penalty',
    encoder: 'c4k3s1p1-8',
    imageShape: '1x6x6',
  } as const;
  return { ...model, pairs, heldOut: pairs, batch: 130, steps: 6, evaluateEvery: 3, deterministic: true } as const;
}

const digest = (bytes: Iterable<number>) => createHash('sha256').update(Uint8Array.from(bytes)).digest('hex');

if (chromiumPath !== undefined || process.env.CI !== undefined) {
  describe.each([
    ['shared memory, in a page that is cross-origin isolated', true],
    ['messages, in a page that is not', false],
  ])('fit with web workers that exchange by %s', (_, isolated) => {
    const { open, close } = pagesIn(PAGE);
    afterAll(close);

    it('is fit alone in Node, bit for bit', async () => {
      const { model, history } = await fitAlone(options(arrayPairs));
      const expected = { model: digest(model.toBytes()), values: history.map(({ value }) => value) };
      const work = async ({ fit }: Library, run: ReturnType<typeof options>) => {
        const outcomes: { readonly model: number[]; readonly values: number[] }[] = [];
        for (const workers of [1, 2, 3]) {
          const { model: trained, history: steps } = await fit({ ...run, workers });
          outcomes.push({ model: [...trained.toBytes()], values: steps.map(({ value }) => value) });
        }
        return { isolated: crossOriginIsolated, outcomes };
      };
      const there = await open(work, { isolated });
      expect(there.isolated).toBe(isolated);
      for (const { model: bytes, values } of there.outcomes) {
        expect({ model: digest(bytes), values }).toEqual(expected);
      }
      expect(there.outcomes).toHaveLength(3);
    });

    it('is a trainer that starts workers of its own, in a worker', async () => {
      const work = async ({ createTrainer }: Library, _: unknown, rows: typeof oddRows) => {
        const trainer = await createTrainer();
        const data = { kind: 'arrays', pairs: { x: rows(300, 6), y: rows(300, 4) } } as const;
        const shared = { encoder: '8-4', batch: 130, steps: 4, deterministic: true } as const;
        const models: number[][] = [];
        for (const workers of [{}, { workers: 2 }]) {
          const { model } = await trainer.train({ data, options: { ...shared, ...workers } });
          models.push([...model]);
        }
        trainer.dispose();
        return models;
      };
      const [alone, together] = await open(work, { isolated });
      expect(together).toEqual(alone);
    });

    it('W1 B: a missing script rejects, naming the worker', async () => {
      const work = async ({ fit }: Library, run: ReturnType<typeof options>) =>
        fit({ ...run, workers: 2 }).catch(({ name, message }: Error) => `${name}: ${message}`);
      const outcome = await open(work, { isolated, before: (path) => path !== '/entries/shard-worker.js' });
      expect(outcome).toBe("WorkerError: worker 1 of 2: the shard's worker did not start: its script did not load");
    });
  });
}

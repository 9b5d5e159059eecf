import { afterAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/chromium.js';
import { type PageOptions, pagesIn } from '../support/pages-in.js';

type WorkersEntry = typeof import('../../dist/entries/workers.js');

/** What tests run in a page: it gets the entry and a job of so many steps. */
type InPage<T> = (workers: WorkersEntry, job: (steps: number) => Parameters<Trainer['train']>[0]) => Promise<T>;
type Trainer = Awaited<ReturnType<WorkersEntry['createTrainer']>>;

const PAGE = `<!doctype html><script type="module">
  const rows = (cols) => ({ data: Float32Array.from({ length: 100 * cols }, (_, i) => Math.fround(((i * 7919) % 101) / 50 - 1)), rows: 100, cols });
  const job = (steps) => ({
    data: { kind: 'arrays', pairs: { x: rows(5), y: rows(3) } },
    options: { objective: 'cpc', critic: 'cosine', encoder: '8-4', batch: 16, deterministic: true, steps },
  });
  window.run = async (work) => work(await import('/entries/workers.js'), job);
</script>`;

if (chromiumPath !== undefined || process.env.CI !== undefined) {
  describe('a trainer in a web worker', () => {
    const { open, visit, close } = pagesIn(PAGE);
    const inPage = <T>(work: InPage<T>, options?: PageOptions): Promise<T> => open(work, options);
    afterAll(close);

    it('W1 B: a script that is missing, or a module of it, rejects', async () => {
      const work: InPage<string> = async ({ createTrainer }) =>
        createTrainer().then(
          () => 'started',
          ({ name, message }: Error) => `${name}: ${message}`,
        );
      for (const missing of ['/entries/trainer-worker.js', '/entries/worker-scope.js', '/entries/web.js']) {
        const outcome = await inPage(work, { before: (path) => path !== missing });
        expect(outcome).toMatch(/^WorkerError: the trainer's worker did not start: /);
      }
      const noCore = await inPage(work, { before: (path) => !path.endsWith('simd128.wasm') });
      expect(noCore).toMatch(/^WorkerError: the trainer's worker did not start: .*simd128\.wasm answered 404/);
    });

    it('W1 B: a script, or a module of it, that loads after three seconds works', async () => {
      const work: InPage<number> = async ({ createTrainer }, job) => {
        const trainer = await createTrainer();
        const { steps } = await trainer.train(job(2));
        trainer.dispose();
        return steps;
      };
      for (const late of ['/entries/trainer-worker.js', '/entries/web.js']) {
        const before = async (path: string): Promise<true> => {
          if (path === late) await new Promise((resolve) => setTimeout(resolve, 3000));
          return true;
        };
        expect(await inPage(work, { before })).toBe(2);
      }
    });

    it('W1 C: a disposed trainer rejects at once, and what was under way rejects too', async () => {
      const outcome = await inPage(async ({ createTrainer }, job) => {
        const trainer = await createTrainer();
        const name = (error: Error): string => error.name;
        const onStep = ({ step }: { readonly step: number }): void => void (step === 5 && trainer.dispose());
        const running = await trainer.train(job(1e7), { onStep }).catch(name);
        return [running, await trainer.train(job(1)).catch(name), await trainer.checkpoint().catch(name)];
      });
      expect(outcome).toEqual(['WorkerError', 'WorkerError', 'WorkerError']);
    });

    it('W1 A: a worker in which an error is thrown that nobody catches ends, and the page has no error', async () => {
      const work: InPage<unknown> = async ({ createTrainer }, job) => {
        const errors: unknown[] = [];
        window.onerror = (message) => void errors.push(message);
        const workers: Worker[] = [];
        const Original = Worker;
        window.Worker = class extends Original {
          constructor(url: string | URL, options?: WorkerOptions) {
            super(url, options);
            workers.push(this);
          }
        };
        const trainer = await createTrainer();
        // A message that comlink cannot read.
        const onStep = ({ step }: { readonly step: number }): void => {
          if (step === 5) workers[0]?.postMessage({ argumentList: [{ type: 'HANDLER', name: 'none' }] });
        };
        const ended = await trainer.train(job(1e7), { onStep }).catch(({ name }: Error) => name);
        return { started: workers.length, ended, errors };
      };
      await visit(async (page) => {
        const outcome = await page.evaluate(`window.run(${work})`);
        expect(outcome).toEqual({ started: 1, ended: 'WorkerError', errors: [] });
        await expect.poll(() => page.workers()).toEqual([]);
      });
    });

    it.each([true, false])(
      'W1 A: an error in a worker of its worker ends the job alone (isolated: %s)',
      async (isolated) => {
        const work: InPage<unknown> = async ({ createTrainer }, job) => {
          const errors: unknown[] = [];
          window.onerror = (message) => void errors.push(message);
          const trainer = await createTrainer();
          const { data, options } = job(1e7);
          const together = { data, options: { ...options, batch: 40, workers: 2 } };
          const ended = await trainer.train(together).catch(({ name, message }: Error) => `${name}: ${message}`);
          const { steps } = await trainer.train(job(2));
          trainer.dispose();
          return { ended, steps, errors };
        };
        let shards = 0;
        const after = (path: string): string =>
          path === '/entries/shard-worker.js' && ++shards === 1
            ? "setTimeout(() => { throw new Error('a fault of its own'); }, 1000);"
            : '';
        expect(await inPage(work, { isolated, after })).toEqual({
          ended: expect.stringMatching(/^WorkerError: worker [12] of 2 ended: .*a fault of its own/),
          steps: 2,
          errors: [],
        });
      },
    );

    it('W4 A: signals reject with an AbortError of their reason, and the work is kept', async () => {
      const outcome = await inPage(async ({ createTrainer }, job) => {
        const trainer = await createTrainer();
        const errorOf = (signal: AbortSignal, callbacks = {}) =>
          trainer.train(job(1e7), { signal, ...callbacks }).then(
            () => 'resolved',
            (error: Error & { reason?: unknown }) => [error.name, error.reason === signal.reason],
          );
        const checkpoints: Uint8Array[] = [];
        const stop = new AbortController();
        let told = 0;
        const onStep = ({ step }: { readonly step: number }): void => {
          told = step;
          if (step === 3) stop.abort('enough');
        };
        const onCheckpoint = (bytes: Uint8Array): void => void checkpoints.push(bytes);
        const ends = [
          await errorOf(AbortSignal.abort('before')),
          await errorOf(stop.signal, { onStep, onCheckpoint }),
          await errorOf(AbortSignal.timeout(50)),
        ];
        const { data, options } = job(told + 2);
        const resumed = await trainer.train({ data, options: { ...options, resume: checkpoints[0] } });
        trainer.dispose();
        return { ends, checkpoints: checkpoints.length, resumed: resumed.history.length };
      });
      const aborted = ['AbortError', true];
      expect(outcome).toEqual({ ends: [aborted, aborted, aborted], checkpoints: 1, resumed: 2 });
    });

    it('W4 B, C, D: classes of errors, arrays of the caller, and callbacks cross the boundary', async () => {
      const outcome = await inPage(async ({ createTrainer }, job) => {
        const trainer = await createTrainer();
        const { data, options } = job(20);
        const wrong = await trainer
          .train({ data, options: { ...options, shared: true } })
          .catch(({ name, message }: Error) => [name, message]);
        const steps: number[] = [];
        await trainer.train(job(20), { onStep: ({ step }) => void steps.push(step) });
        const fault = new RangeError('enough');
        const onStep = ({ step }: { readonly step: number }): void => {
          if (step === 4) throw fault;
        };
        const isFault = await trainer.train(job(1e7), { onStep }).catch((error: unknown) => error === fault);
        const all = Float32Array.from({ length: 17 }, (_, i) => i / 8);
        const rows = all.subarray(1, 16);
        await trainer.train(job(2));
        const { cols } = await trainer.embed('x', { data: rows, rows: 3, cols: 5 });
        trainer.dispose();
        return {
          wrong,
          steps,
          isFault,
          cols,
          lengths: [all.length, rows.length],
          kept: all.every((v, i) => v === i / 8),
        };
      });
      expect(outcome).toEqual({
        wrong: ['ShapeError', expect.stringMatching(/5 .*3 /)],
        steps: Array.from({ length: 20 }, (_, i) => i + 1),
        isFault: true,
        cols: 4,
        lengths: [17, 15],
        kept: true,
      });
    });
  });
}

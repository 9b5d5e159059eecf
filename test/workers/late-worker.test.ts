import { once } from 'node:events';
import { cp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { arrayPairs, readSafetensors } from '../../dist/entries/node.js';
import { fit as fitWhole } from '../../dist/entries/workers-node.js';
import { temporaryFolder } from '../support/temporary-folder.js';

type WorkersEntry = typeof import('../../dist/entries/workers-node.js');

const folder = temporaryFolder();

/** The package's workers, from a copy of it whose first module of a worker is `edit`'s. */
async function packageWith(edit: (script: string) => Promise<void>, name = 'trainer-worker.js'): Promise<WorkersEntry> {
  await cp('dist', join(folder(), 'dist'), { recursive: true });
  await cp('package.json', join(folder(), 'package.json'));
  await symlink(join(process.cwd(), 'node_modules'), join(folder(), 'node_modules'));
  await edit(join(folder(), 'dist/entries', name));
  return import(pathToFileURL(join(folder(), 'dist/entries/workers-node.js')).href);
}

const rows = { data: Float32Array.from({ length: 80 }, (_, i) => Math.sin(i * i)), rows: 40, cols: 2 };
const job = {
  data: { kind: 'arrays', pairs: { x: rows, y: rows } },
  options: { encoder: '4', batch: 8, steps: 2 },
} as const;

describe('W1 B: a script that does not load, or loads late', () => {
  it('W1 B: one that is missing rejects, naming it', async () => {
    const { createTrainer } = await packageWith((script) => rm(script));
    await expect(createTrainer()).rejects.toMatchObject({
      name: 'WorkerError',
      message: expect.stringMatching(/the trainer's worker did not start: .*trainer-worker\.js/),
    });
  });

  it('W1 B: one that throws while it loads rejects with what it threw', async () => {
    const { createTrainer } = await packageWith((script) => writeFile(script, 'throw new Error("no licence")'));
    await expect(createTrainer()).rejects.toThrow(/did not start: no licence/);
  });

  it('W1 B: one whose core is missing rejects when it is first used', async () => {
    const { createTrainer } = await packageWith((script) =>
      rm(join(script, '../../wasm/build/kantorovich.simd128.wasm')),
    );
    const trainer = await createTrainer();
    const options = { ...job.options, deterministic: true };
    await expect(trainer.train({ ...job, options })).rejects.toThrow(/simd128\.wasm/);
    trainer.dispose();
  });

  it('W1 B: one that loads after three seconds works', async () => {
    const { createTrainer } = await packageWith(async (script) => {
      const wait = 'await new Promise((resolve) => setTimeout(resolve, 3000));\n';
      const imports = await readFile(script, 'utf8');
      await writeFile(script, imports.replace('const ', `${wait}const `));
    });
    const trainer = await createTrainer();
    expect((await trainer.train(job)).steps).toBe(2);
    trainer.dispose();
  });
});

describe('W1: a worker of fit that does not load, or ends in mid-run', () => {
  const source = arrayPairs({ x: rows, y: rows });
  const options = { pairs: source, encoder: '4', batch: 8, steps: 12, workers: 2, deterministic: true } as const;

  it('W1 B: one whose script is missing rejects, naming it', async () => {
    const { fit } = await packageWith((script) => rm(script), 'shard-worker.js');
    await expect(fit(options)).rejects.toMatchObject({
      name: 'WorkerError',
      message: expect.stringMatching(/^worker 1 of 2: the shard's worker did not start: .*shard-worker\.js/),
    });
  });

  it.each([
    ['exits', 'process.exit(3)', /^worker 2 of 2 ended: it exited with code 3$/],
    ['throws', 'setTimeout(() => { throw new RangeError("lost") })', /^worker 2 of 2 ended: lost$/],
    ['fails', 'Atomics.add = () => { throw new RangeError("lost") }', /^worker 2 of 2 failed: lost$/],
  ])(
    'W1 A: one that %s in step 5 is named, the others end, and the last checkpoint resumes',
    async (_, fault, words) => {
      // The second worker's messages are its beginning and then a step each, with a state after each second step.
      const spy = `import { parentPort } from 'node:worker_threads';
      let [isSecond, steps] = [false, 0];
      parentPort.on('message', ({ path, argumentList }) => {
        if (path?.[0] === 'begin') isSecond = argumentList[0].value.index === 1;
        if (path?.[0] === 'step' && isSecond && ++steps === 5) ${fault};
      });\n`;
      const edit = async (script: string): Promise<void> => writeFile(script, spy + (await readFile(script, 'utf8')));
      const { fit } = await packageWith(edit, 'shard-worker.js');
      const threads: Worker[] = [];
      const note = (thread: Worker): void => void threads.push(thread);
      process.on('worker', note);
      const checkpoints: Uint8Array[] = [];
      const checkpoint = { every: 2, save: (bytes: Uint8Array) => void checkpoints.push(bytes) };
      // More steps than are ever taken: what is thrown outside a promise may come a few steps later.
      await expect(fit({ ...options, steps: 1e6, checkpoint })).rejects.toMatchObject({
        name: 'WorkerError',
        message: expect.stringMatching(words),
      });
      process.off('worker', note);
      await Promise.all(threads.map((thread) => thread.threadId === -1 || once(thread, 'exit')));
      const last = checkpoints[checkpoints.length - 1];
      const { step } = JSON.parse(readSafetensors(last).metadata.extra).counters;
      expect(step).toBeGreaterThanOrEqual(4);
      const resumed = await fitWhole({ ...options, steps: step + 2, resume: last });
      const whole = await fitWhole({ ...options, steps: step + 2 });
      expect(resumed.history).toHaveLength(2);
      expect(resumed.model.toBytes()).toEqual(whole.model.toBytes());
      for (const { model } of [resumed, whole]) model.dispose();
    },
  );
});

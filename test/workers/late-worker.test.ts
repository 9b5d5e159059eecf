import { cp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';

type WorkersEntry = typeof import('../../dist/entries/workers.js');

const folder = temporaryFolder();

/** The package's workers, from a copy of it whose first module of a worker is `edit`'s. */
async function packageWith(edit: (script: string) => Promise<void>): Promise<WorkersEntry> {
  await cp('dist', join(folder(), 'dist'), { recursive: true });
  await cp('package.json', join(folder(), 'package.json'));
  await symlink(join(process.cwd(), 'node_modules'), join(folder(), 'node_modules'));
  await edit(join(folder(), 'dist/entries/trainer-worker.js'));
  return import(pathToFileURL(join(folder(), 'dist/entries/workers.js')).href);
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

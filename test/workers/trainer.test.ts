import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { arrayPairs } from '../../dist/data/array-pairs.js';
// The compiled package, which `npm test` builds first: a thread cannot be started from TypeScript.
import { fit, OptionsError } from '../../dist/entries/node.js';
import { createTrainer, type RemoteTrainer, type TrainerJob } from '../../dist/entries/workers.js';
import { random } from '../../ts/wasm/random.js';

const normal = (rows: number, cols: number, seed: number) => {
  const stream = random(seed);
  const data = Float32Array.from({ length: rows * cols }, () => stream.normal());
  stream.dispose();
  return { data, rows, cols };
};
const pairs = { x: normal(50, 5, 1), y: normal(50, 5, 2) };
const job = (options: TrainerJob['options'] = {}): TrainerJob => ({
  data: { kind: 'arrays', pairs },
  options: { objective: 'cpc', encoder: '6-3', batch: 5, steps: 30, deterministic: true, ...options },
});

describe('a trainer in a worker', () => {
  const trainers: RemoteTrainer[] = [];
  const trainer = async () => {
    const made = await createTrainer();
    trainers.push(made);
    return made;
  };
  afterEach(() => {
    for (const made of trainers.splice(0)) made.dispose();
  });

  it('trains what fit would, bit for bit, and tells of every step in order', async () => {
    const steps: number[] = [];
    const { model, stopped } = await (await trainer()).train(job(), { onStep: ({ step }) => steps.push(step) });
    expect(stopped).toBe('steps');
    expect(steps).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    // The worker trains on the 60 % of the rows that are its training part.
    const rows = [...Array(50).keys()].filter((i) => i % 5 < 3);
    const part = ({ data, cols }: typeof pairs.x) => ({
      data: Float32Array.from(rows.flatMap((i) => [...data.subarray(i * cols, (i + 1) * cols)])),
      rows: rows.length,
      cols,
    });
    const source = arrayPairs({ x: part(pairs.x), y: part(pairs.y) });
    const here = await fit({ ...job().options, pairs: source });
    expect(new Uint8Array(model)).toEqual(new Uint8Array(here.model.toBytes()));
  });

  it('W4: errors keep their class', async () => {
    const wrong = JSON.parse('{"critic":"mlp"}');
    const failing = (await trainer()).train(job(wrong));
    await expect(failing).rejects.toThrow(OptionsError);
    await expect((await trainer()).train(job(wrong))).rejects.toThrow(/unknown critic "mlp"/);
  });

  it('W4: arrays of the caller keep their numbers', async () => {
    const before = pairs.x.data.slice();
    await (await trainer()).train(job());
    expect(pairs.x.data).toEqual(before);
  });

  it('W4: a callback that throws ends the run with that error', async () => {
    const fault = new RangeError('enough');
    const onStep = () => {
      throw fault;
    };
    await expect((await trainer()).train(job({ steps: 1e6 }), { onStep })).rejects.toBe(fault);
  });

  it('W1: a trainer that is disposed of in mid-run rejects, and so does every later call', async () => {
    const remote = await trainer();
    const running = remote.train(job({ steps: 1e6 }), { onStep: ({ step }) => step === 3 && remote.dispose() });
    await expect(running).rejects.toMatchObject({ name: 'WorkerError' });
    await expect(remote.train(job())).rejects.toMatchObject({ name: 'WorkerError' });
  });

  it('refuses a second job while one runs', async () => {
    const remote = await trainer();
    const first = remote.train(job({ steps: 200 }));
    await expect(remote.train(job())).rejects.toMatchObject({ name: 'WorkerError' });
    await expect(first).resolves.toMatchObject({ stopped: 'steps' });
  });

  describe('as a program', () => {
    let folder = '';
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'kantorovich-worker-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it('W1: a script that trains and disposes ends by itself', async () => {
      const script = join(folder, 'train.mjs');
      const entry = pathToFileURL(join(process.cwd(), 'dist/entries/workers.js')).href;
      const rows = '{ data: Float32Array.from({ length: 200 }, (_, i) => (i * 7) % 11), rows: 40, cols: 5 }';
      writeFileSync(
        script,
        `import { createTrainer } from ${JSON.stringify(entry)};
        const trainer = await createTrainer();
        const pairs = { x: ${rows}, y: ${rows} };
        const options = { objective: 'cpc', encoder: '4-2', batch: 4, steps: 5 };
        const { steps } = await trainer.train({ data: { kind: 'arrays', pairs }, options });
        trainer.dispose();
        console.log(steps);`,
      );
      const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.on('data', (text) => {
        output += text;
      });
      const [code] = await once(child, 'exit');
      expect([code, output.trim()]).toEqual([0, '5']);
    });
  });
});

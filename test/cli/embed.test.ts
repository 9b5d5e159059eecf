import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readNpyMatrix, writeNpy } from '../../ts/data/npy.js';
import { loadModel } from '../../ts/training/model.js';
import '../../ts/entries/node.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { smallRun } from './small-run.js';
import { spawnCli } from './spawn-cli.js';

const temporary = temporaryFolder();
const path = (name: string) => join(temporary(), name);

const rows = Float32Array.from({ length: 5 * 64 }, (_, i) => Math.sin(i));

it('embeds a matrix as the library does, with either encoder', async () => {
  await spawnCli([...smallRun, '--steps', '2', '--out', path('run')]);
  await writeFile(path('in.npy'), writeNpy({ data: rows, rows: 5, cols: 64 }));
  const model = loadModel(await readFile(path('run/model.safetensors')), { deterministic: true });
  for (const side of ['x', 'y'] as const) {
    const args = ['embed', '--model', path('run'), '--input', path('in.npy'), '--side', side, '--out', path('out.npy')];
    const { code, stdout } = await spawnCli(args);
    expect(code).toBe(0);
    expect(stdout).toBe(`5 x 8 embeddings of ${side} in ${path('out.npy')}\n`);
    const found = readNpyMatrix(await readFile(path('out.npy')), 'out.npy');
    const own =
      side === 'x' ? model.embedX({ data: rows, rows: 5, cols: 64 }) : model.embedY({ data: rows, rows: 5, cols: 64 });
    expect([found.rows, found.cols]).toEqual([5, 8]);
    // The command computes in the fastest build, which may fuse multiplications and additions.
    found.data.forEach((value, i) => {
      expect(value).toBeCloseTo(own.data[i], 4);
    });
  }
  model.dispose();
});

it('embeds pairs of a data source and rows of a .jsonl file, and probes', async () => {
  await spawnCli([...smallRun, '--steps', '2', '--out', path('run')]);
  const model = ['--model', path('run/model.safetensors')];
  const drawn = await spawnCli([
    'embed',
    ...model,
    '--input',
    'digits:1x1,tile=8',
    '--count',
    '7',
    '--out',
    path('a.npy'),
  ]);
  expect(drawn.stdout).toContain('7 x 8 embeddings of x');
  await writeFile(path('in.jsonl'), `${JSON.stringify({ x: [...rows.subarray(0, 64)], y: [1] })}\n`);
  const read = await spawnCli(['embed', ...model, '--input', path('in.jsonl'), '--out', path('b.npy')]);
  expect(read.stdout).toContain('1 x 8 embeddings of x');
  const sizes = ['--training', '300', '--validation', '100', '--test', '100'];
  const probed = await spawnCli(['probe', ...model, '--data', 'digits:1x1,tile=8', ...sizes, '--json']);
  const { accuracy, perFactor } = JSON.parse(probed.stdout);
  expect(perFactor).toEqual([accuracy]);
  expect(accuracy).toBeGreaterThan(0.2);
});

it('refuses rows of another width', async () => {
  await spawnCli([...smallRun, '--steps', '2', '--out', path('run')]);
  await writeFile(path('in.npy'), writeNpy({ data: rows, rows: 10, cols: 32 }));
  const args = ['embed', '--model', path('run'), '--input', path('in.npy'), '--out', path('out.npy')];
  const { code, stderr } = await spawnCli(args);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^kantorovich: .*32.*64.*\n$/);
});

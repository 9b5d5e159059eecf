import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readNpyMatrix } from '../../ts/data/npy.js';
import { fileHandler } from '../../ts/tfjs/exchange/file-handler.js';
import { maxMin } from '../../ts/tfjs/exchange/group-sort.js';
import { Standardise } from '../../ts/tfjs/exchange/standardise-layer.js';
import { spectralConstraint } from '../../ts/tfjs/lipschitz/constraints.js';
import { loadModel } from '../../ts/tfjs/training/load-model.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { useBackend } from '../support/tfjs.js';
import { spawnCli } from './spawn-cli.js';

const temporary = temporaryFolder();
const path = (name: string) => join(temporary(), name);
const data = 'digits:1x1,tile=8';

/** A run of some steps with model.json, by dense layers and a convolution. */
const run = (...more: readonly string[]) => [
  ...['train', '--data', data, '--encoder', path('model.json'), '--batch', '16', '--deterministic'],
  ...['--evaluate-every', '20', '--no-probe', '--out', path('run'), ...more],
];

async function writeModel(to: string): Promise<void> {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, activation: 'relu', inputShape: [8, 8, 1] }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 8 }),
    ],
  });
  await model.save(fileHandler(to));
  model.dispose();
}

/** An environment in which Node finds no package whose name begins so, as where none is installed. */
function without(start: string): NodeJS.ProcessEnv {
  const hook = `export const resolve = (name, context, next) => {
    if (!name.startsWith('${start}')) return next(name, context);
    throw new Error("Cannot find package '" + name + "'");
  };`;
  const script = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(script(hook))});`;
  return { NODE_OPTIONS: `--import ${script(register)}` };
}

describe('the command line with models of TensorFlow.js', () => {
  beforeAll(() => useBackend('cpu'));
  beforeEach(() => writeModel(path('model.json')));

  it.each(['wasm', 'cpu'])('trains on the %s backend, embeds and probes', async (backend) => {
    const trained = await spawnCli(run('--steps', '40', '--backend', backend, '--json'));
    expect(trained).toMatchObject({ code: 0, stderr: '' });
    const lines = trained.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(41);
    expect(lines[19]).toMatchObject({ step: 20, heldOut: { lipschitzConstant: null } });
    expect(lines[40]).toMatchObject({ done: true, objective: 'wpc', lipschitz: 'gradient-penalty' });
    const out = path('x.npy');
    const embedded = await spawnCli(['embed', '--model', path('run'), '--input', data, '--count', '5', '--out', out]);
    expect(embedded).toMatchObject({ code: 0, stderr: '' });
    const { rows, cols, data: found } = readNpyMatrix(await readFile(out), out);
    expect([rows, cols]).toEqual([5, 8]);
    expect(found.every(Number.isFinite)).toBe(true);
    const items = ['--training', '300', '--validation', '100', '--test', '100'];
    const probed = await spawnCli([
      'probe',
      '--model',
      path('run'),
      '--data',
      data,
      '--json',
      '--backend',
      backend,
      ...items,
    ]);
    expect(probed).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(probed.stdout).accuracy).toBeGreaterThan(0.1);
  });

  it('P3: goes on bit for bit after Ctrl-C, without model.json', async () => {
    let isDone = false;
    const interrupted = await spawnCli(run('--steps', '100000', '--json', '--evaluate-every', '100000'), {
      onOutput(stdout, child) {
        if (isDone || stdout.split('\n').length <= 30) return;
        isDone = true;
        child.kill('SIGINT');
      },
    });
    const { step, resume } = JSON.parse(interrupted.stdout.trim().split('\n').at(-1) ?? '');
    expect(resume).toBe(`kantorovich train --resume ${path('run')}`);
    const kept = await readFile(path('model.json'));
    await rm(path('model.json'));
    const end = ['--steps', String(step + 20), '--no-probe'];
    expect(await spawnCli(['train', '--resume', path('run'), ...end])).toMatchObject({ code: 0 });
    const resumed = await parameters();
    await rm(path('run'), { recursive: true });
    // The same weights as the first time: they lie beside model.json.
    await writeFile(path('model.json'), kept);
    expect(await spawnCli(run(...end, '--evaluate-every', '100000'))).toMatchObject({ code: 0 });
    expect(await parameters()).toEqual(resumed);
  });

  it('shares one model between both sides with --shared', async () => {
    expect(await spawnCli(run('--steps', '2', '--shared'))).toMatchObject({ code: 0 });
    const model = await loadModel(await readFile(path('run/model.safetensors')));
    expect(model.encoders.x).toBe(model.encoders.y);
    model.dispose();
  });

  it.each<[string, readonly string[], RegExp, number]>([
    ['workers', ['--workers', '2'], /--workers is for native encoders, not for .*model\.json/, 2],
    ['an activation', ['--activation', 'relu'], /--activation is for native encoders/, 2],
    ['a native encoder beside', ['--encoder-y', 'mlp'], /both encoders are models of TensorFlow.js or none is/, 2],
    ['the Lagrangian', ['--lipschitz', 'lagrangian'], /'lagrangian' is for native encoders/, 2],
    ['another model', ['--encoder', 'nowhere.json'], /cannot read nowhere\.json/, 1],
    ['rows of another size', ['--data', 'digits:1x1,tile=7'], /rows of x have 49 numbers.*takes \[8, 8, 1\]/, 1],
  ])('refuses %s in one line', async (_, more, message, expected) => {
    const { code, stderr } = await spawnCli(run('--steps', '2', ...more));
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(expected);
  });

  it('refuses a backend for native encoders, and another model for a run that goes on', async () => {
    const native = await spawnCli(['train', '--data', data, '--backend', 'cpu', '--out', path('run')]);
    expect(native).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--backend is for models of TensorFlow.js/),
    });
    expect(await spawnCli(run('--steps', '2'))).toMatchObject({ code: 0 });
    const other = await spawnCli(['train', '--resume', path('run'), '--encoder', path('model.json')]);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/leave --encoder out/) });
  });

  it('says what to install where TensorFlow.js is missing', async () => {
    const { code, stderr } = await spawnCli(run('--steps', '1'), { env: without('@tensorflow/') });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^an encoder of TensorFlow.js needs the package @tensorflow\/tfjs: npm install @tensorflow\/tfjs \(.*\)\n$/,
    );
    const native = ['train', '--data', data, '--encoder', '8-4', '--steps', '1', '--no-probe', '--out', path('native')];
    expect(await spawnCli(native, { env: without('@tensorflow/') })).toMatchObject({ code: 0 });
  });

  it('says so where only some of its packages are there', async () => {
    const { code, stderr } = await spawnCli(run('--steps', '1'), { env: without('@tensorflow/tfjs-layers') });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^an encoder of TensorFlow.js needs the package @tensorflow\/tfjs: npm install [^\n]*\n$/);
  });

  it("knows this library's layers and constraints by their names", async () => {
    const kernelConstraint = spectralConstraint();
    const layers = [
      new Standardise({ inputShape: [64] } as never),
      tf.layers.dense({ units: 8, kernelConstraint: kernelConstraint as never }),
      maxMin(),
      tf.layers.dense({ units: 4 }),
    ];
    await tf.sequential({ layers }).save(fileHandler(path('model.json')));
    expect(await spawnCli(run('--steps', '2'))).toMatchObject({ code: 0 });
    const resumed = await spawnCli(['train', '--resume', path('run'), '--steps', '3', '--no-probe']);
    expect(resumed).toMatchObject({ code: 0 });
    const out = ['--format', 'tfjs', '--out', path('x.json')];
    const exported = await spawnCli(['export', '--model', path('run'), ...out]);
    expect([exported.code, exported.stderr]).toEqual([0, '']);
  });

  it('says in one line what TensorFlow.js refuses, and takes no blame for it', async () => {
    const layers = [
      tf.layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 4 }),
      tf.layers.globalAveragePooling1d({}),
      tf.layers.dense({ units: 4 }),
    ];
    await tf.sequential({ layers }).save(fileHandler(path('model.json')));
    const given = ['--data', 'gaussians:4,nats=1', '--objective', 'cpc', '--steps', '2'];
    const { code, stderr } = await spawnCli(run(...given));
    expect(code).toBe(1);
    expect(stderr).toMatch(/TensorFlow.js: [^\n]*GatherV2[^\n]*\n$/);
    expect(stderr).not.toMatch(/fault of kantorovich/);
  });

  it('takes the cpu backend where wasm is missing, and says so; not where wasm was asked for', async () => {
    const env = without('@tensorflow/tfjs-backend-wasm');
    const { code, stderr } = await spawnCli(run('--steps', '1'), { env });
    expect(code).toBe(0);
    expect(stderr).toMatch(/on the cpu backend: npm install @tensorflow\/tfjs-backend-wasm/);
    const asked = await spawnCli(run('--steps', '1', '--backend', 'wasm', '--out', path('asked')), { env });
    expect(asked).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/needs the package @tensorflow\/tfjs-backend-wasm/),
    });
  });

  async function parameters() {
    const model = await loadModel(await readFile(path('run/model.safetensors')), { deterministic: true });
    const tensors = model.tensors();
    model.dispose();
    return tensors;
  }
});

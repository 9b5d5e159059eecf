import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { readSafetensors } from '../../ts/data/safetensors.js';
import { layersToONNX } from '../../ts/tfjs/exchange/export-layers.js';
import { fileHandler, readLayersModel } from '../../ts/tfjs/exchange/file-handler.js';
import { layersFromRows } from '../../ts/tfjs/exchange/layers-from-rows.js';
import { loadModel as loadTfjsModel } from '../../ts/tfjs/training/load-model.js';
import { useBackend } from '../support/tfjs.js';
import '../../ts/tfjs/exchange/group-sort.js';
import '../../ts/tfjs/exchange/standardise-layer.js';
import { encoderToONNX } from '../../ts/training/export-encoder.js';
import { loadModel } from '../../ts/training/model.js';
import { trainedTemperature } from '../../ts/training/trained-critic.js';
import { expectClose } from '../support/close.js';
import { rowsFor } from '../support/drawn-encoder.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { smallRun } from './small-run.js';
import { spawnCli } from './spawn-cli.js';

const temporary = temporaryFolder();
const path = (name: string) => join(temporary(), name);

async function exported(...args: string[]) {
  return spawnCli(['export', '--model', path('run'), ...args]);
}

it('writes an encoder in every format, as the library does', async () => {
  await useBackend('cpu');
  await spawnCli([...smallRun, '--steps', '2', '--standardise', '--activation', 'maxmin', '--out', path('run')]);
  const model = loadModel(await readFile(path('run/model.safetensors')), { deterministic: true });
  const onnx = await exported('--format', 'onnx', '--side', 'y', '--out', path('y.onnx'), '--json');
  expect(await readFile(path('y.onnx'))).toEqual(Buffer.from(encoderToONNX(model, 'y')));
  expect(JSON.parse(onnx.stdout)).toMatchObject({ format: 'onnx', side: 'y', bytes: encoderToONNX(model, 'y').length });
  const torch = await exported('--format', 'safetensors', '--out', path('torch/new/x.safetensors'));
  expect(await readFile(path('torch/new/x.safetensors'))).toEqual(Buffer.from(model.exportEncoder('x')));
  expect(torch.stdout).toMatch(/^wrote the encoder of x as safetensors to .*x\.safetensors \(\d+ kB\)\n$/);
  const tfjs = await exported('--format', 'tfjs', '--out', path('tfjs/model.json'));
  expect(tfjs.code).toBe(0);
  expect(await readdir(path('tfjs'))).toHaveLength(2);
  const read = await readLayersModel(path('tfjs/model.json'));
  const rows = rowsFor(model, 'x', 5, 1);
  const found = tf.tidy(() => (read.predict(tf.tensor2d(rows.data, [5, 64])) as tf.Tensor).dataSync());
  expectClose(found, model.embedX(rows).data, { absolute: 1e-5, relative: 1e-5 });
});

it('writes encoders that are of TensorFlow.js, from the rows that its run took', async () => {
  await useBackend('cpu');
  const layers = [tf.layers.dense({ inputShape: [64], units: 8, activation: 'tanh' }), tf.layers.dense({ units: 4 })];
  await tf.sequential({ layers }).save(fileHandler(path('given.json')));
  const run = [...smallRun, '--encoder', path('given.json'), '--steps', '2', '--standardise', '--out', path('run')];
  const critic = ['--objective', 'cpc', '--critic', 'cosine', '--learn-temperature'];
  expect(await spawnCli([...run, ...critic, '--backend', 'cpu'])).toMatchObject({ code: 0 });
  const model = await loadTfjsModel(await readFile(path('run/model.safetensors')));
  const read = async (format: string, name: string) => {
    const { code, stderr } = await exported('--format', format, '--side', 'y', '--backend', 'cpu', '--out', path(name));
    expect([code, stderr]).toEqual([0, '']);
    return readFile(path(name));
  };
  const metadata = {
    side: 'y',
    objective: 'cpc',
    critic: 'cosine',
    temperature: String(trainedTemperature(model.spec, model.tensors())),
  };
  expect(metadata.temperature).not.toBe('0.1');
  const own = layersFromRows(model, 'y');
  expect(await read('onnx', 'y.onnx')).toEqual(Buffer.from(await layersToONNX(own, { metadata })));
  const torch = readSafetensors(await read('safetensors', 'y.safetensors'));
  expect([...torch.tensors.keys()].sort()).toEqual([
    '0.bias',
    '0.weight',
    '1.bias',
    '1.weight',
    'standardise.mean',
    'standardise.scale',
  ]);
  await read('tfjs', 'model.json');
  const layered = await readLayersModel(path('model.json'));
  const rows = rowsFor(model, 'y', 5, 1);
  const found = tf.tidy(() => (layered.predict(tf.tensor2d(rows.data, [5, 64])) as tf.Tensor).dataSync());
  expectClose(found, model.embedY(rows).data, { relative: 1e-5 });
});

it.each(['onnx', 'safetensors', 'tfjs'])('replaces a file that is there only with --force: %s', async (format) => {
  await spawnCli([...smallRun, '--steps', '1', '--out', path('run')]);
  await mkdir(path('out'));
  await writeFile(path('out/x.json'), 'notes');
  const again = ['--format', format, '--out', path('out/x.json')];
  const refused = await exported(...again);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/^kantorovich: --out [^\n]*x\.json is there already: [^\n]*--force[^\n]*\n$/);
  expect(await readdir(path('out'))).toEqual(['x.json']);
  expect(await readFile(path('out/x.json'), 'utf8')).toBe('notes');
  expect(await exported(...again, '--force')).toMatchObject({ code: 0, stderr: '' });
  const [first, files] = [await readFile(path('out/x.json')), await readdir(path('out'))];
  expect(first.length).toBeGreaterThan(100);
  expect(await exported(...again, '--force', '--side', 'y')).toMatchObject({ code: 0, stderr: '' });
  expect(await readFile(path('out/x.json'))).not.toEqual(first);
  expect(await readdir(path('out'))).toHaveLength(files.length);
  const itself = await exported('--format', 'safetensors', '--out', path('run/model.safetensors'), '--force');
  expect([itself.code, itself.stderr]).toEqual([2, expect.stringContaining('is an input')]);
});

it('refuses what it cannot write, and leaves what was there', async () => {
  await mkdir(path('run'));
  await writeFile(path('run/model.safetensors'), 'no model');
  const broken = await exported('--format', 'onnx', '--out', path('x.onnx'));
  expect(broken.code).toBe(1);
  expect(broken.stderr).toMatch(/^kantorovich: [^\n]*\n$/);
  const named = await exported('--format', 'tfjs', '--out', path('model.h5'));
  expect([named.code, named.stderr]).toEqual([2, expect.stringContaining('ends in .json')]);
  const itself = await exported('--format', 'safetensors', '--out', path('run/model.safetensors'));
  expect([itself.code, itself.stderr]).toEqual([2, expect.stringContaining('is an input')]);
  const unknown = await exported('--format', 'h5', '--out', path('x'));
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/--format.*onnx, safetensors, tfjs/)]);
  const missing = await spawnCli(['export', '--model', path('none'), '--format', 'onnx', '--out', path('x.onnx')]);
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('no such file')]);
  expect(await readdir(temporary())).toEqual(['run']);
  expect(await readFile(path('run/model.safetensors'), 'utf8')).toBe('no model');
});

import { appendFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, loadLayersModel, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../../../ts/data/file-error.js';
import { fileHandler, readLayersModel } from '../../../ts/tfjs/exchange/file-handler.js';
import { CheckpointError, OptionsError } from '../../../ts/wasm/errors.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { useBackend } from '../../support/tfjs.js';

const folder = temporaryFolder();
beforeAll(() => useBackend('cpu'));

function drawn(seed: number): Sequential {
  const kernelInitializer = initializers.glorotUniform({ seed });
  return sequential({
    layers: [
      layers.conv2d({ inputShape: [6, 5, 2], filters: 3, kernelSize: 3, activation: 'relu', kernelInitializer }),
      layers.flatten(),
      layers.dense({ units: 4, kernelInitializer }),
    ],
  });
}

const output = (model: { predict(x: tf.Tensor): tf.Tensor | tf.Tensor[] }) =>
  tf.tidy(() => {
    const x = tf.reshape(tf.sin(tf.range(0, 3 * 60)), [3, 6, 5, 2]);
    return [...(model.predict(x) as tf.Tensor).dataSync()];
  });

async function saved(name = 'model.json'): Promise<{ path: string; weights: string; expected: number[] }> {
  const path = join(folder(), name);
  const model = drawn(1);
  await model.save(fileHandler(path));
  const json = JSON.parse(await readFile(path, 'utf8'));
  return { path, weights: join(dirname(path), json.weightsManifest[0].paths[0]), expected: output(model) };
}

describe('fileHandler', () => {
  it('brings a model back with the same outputs, and leaves no tensors behind', async () => {
    const { path, expected } = await saved();
    const before = tf.memory().numTensors;
    for (const load of [() => loadLayersModel(fileHandler(path)), () => readLayersModel(path)]) {
      const model = await load();
      expect(output(model)).toEqual(expected);
      model.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('replaces a model with its weights, and leaves those of others alone', async () => {
    const { path, weights } = await saved();
    const other = await saved('other.json');
    await drawn(2).save(fileHandler(path));
    const names = await readdir(folder());
    expect(names).toHaveLength(4);
    expect(names).not.toContain(weights.slice(folder().length + 1));
    expect(output(await readLayersModel(path))).toEqual(output(drawn(2)));
    expect(output(await readLayersModel(other.path))).toEqual(other.expected);
  });

  it('reads weights in several shards and groups, quantised ones too, as the converter writes them', async () => {
    const { path, weights, expected } = await saved();
    const json = JSON.parse(await readFile(path, 'utf8'));
    const bytes = await readFile(weights);
    const entries = json.weightsManifest[0].weights;
    const kernel = 3 * 3 * 2 * 3 * 4;
    await mkdir(join(folder(), 'below'));
    await writeFile(join(folder(), 'a.bin'), bytes.subarray(0, 50));
    await writeFile(join(folder(), 'below/b.bin'), bytes.subarray(50, kernel));
    await writeFile(join(folder(), 'c.bin'), bytes.subarray(kernel));
    json.weightsManifest = [
      { paths: ['a.bin', 'below/b.bin'], weights: entries.slice(0, 1) },
      { paths: ['c.bin'], weights: entries.slice(1) },
    ];
    await writeFile(path, JSON.stringify(json));
    expect(output(await readLayersModel(path))).toEqual(expected);
    const halves = new Uint16Array(54).fill(0x3c00);
    await writeFile(join(folder(), 'a.bin'), new Uint8Array(halves.buffer));
    await writeFile(join(folder(), 'below/b.bin'), new Uint8Array());
    json.weightsManifest[0].weights[0].quantization = { dtype: 'float16' };
    await writeFile(path, JSON.stringify(json));
    const [first] = (await readLayersModel(path)).getWeights();
    expect([...(first?.dataSync() ?? [])]).toEqual(new Array(54).fill(1));
  });

  it('refuses weights that are truncated, too long or missing, naming them', async () => {
    const { path, weights } = await saved();
    const size = (await readFile(weights)).length;
    await truncate(weights, size - 4);
    await expect(readLayersModel(path)).rejects.toThrow(CheckpointError);
    await expect(readLayersModel(path)).rejects.toThrow(`are ${size} bytes`);
    await appendFile(weights, new Uint8Array(8));
    await expect(readLayersModel(path)).rejects.toThrow(`has ${size + 4}`);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('.weights.bin', '.none.bin'));
    await expect(readLayersModel(path)).rejects.toThrow(FileError);
    await expect(readLayersModel(join(folder(), 'none.json'))).rejects.toThrow(FileError);
  });

  it.each([
    ['no JSON', 'weights', 'no JSON'],
    ['other JSON', '{"spec":1}', 'without a modelTopology'],
    ['a graph model', '{"format":"graph-model","modelTopology":{"node":[]},"weightsManifest":[]}', 'graph-model'],
    ['no manifest', '{"modelTopology":{},"weightsManifest":{}}', 'weightsManifest'],
    [
      'a path that leads out of its folder',
      '{"modelTopology":{},"weightsManifest":[{"paths":["../a.bin"],"weights":[]}]}',
      '../a.bin',
    ],
    ['a topology of nothing', '{"modelTopology":{},"weightsManifest":[{"paths":[],"weights":[]}]}', 'model.json'],
    [
      'texts as weights',
      '{"modelTopology":{},"weightsManifest":[{"paths":[],"weights":[{"name":"w","shape":[2],"dtype":"string"}]}]}',
      'weight w is string',
    ],
  ])('refuses %s', async (_, text, message) => {
    const path = join(folder(), 'model.json');
    await writeFile(path, text);
    await expect(readLayersModel(path)).rejects.toThrow(CheckpointError);
    await expect(readLayersModel(path)).rejects.toThrow(message);
  });

  it('refuses layers that nobody registered, and weights of other shapes', async () => {
    const { path } = await saved();
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"Flatten"', '"Unheard"'));
    await expect(readLayersModel(path)).rejects.toThrow('Unheard');
    await expect(readLayersModel(path)).rejects.toThrow(CheckpointError);
    await writeFile(path, text.replace('"shape":[3,3,2,3]', '"shape":[3,3,3,2]'));
    await expect(readLayersModel(path)).rejects.toThrow(CheckpointError);
  });

  it('takes a name that ends in .json', async () => {
    expect(() => fileHandler('model.h5')).toThrow(OptionsError);
    await expect(readLayersModel(folder())).rejects.toThrow(OptionsError);
  });

  it('makes folders that are missing, for several that save at once too', async () => {
    const models = await Promise.all(['a.json', 'b.json'].map((name) => saved(join('new/folder', name))));
    for (const { path, expected } of models) expect(output(await readLayersModel(path))).toEqual(expected);
  });

  it('names the model.json that cannot be written, and leaves nothing', async () => {
    await writeFile(join(folder(), 'taken'), '');
    // The name of the weights is longer than file systems take.
    for (const path of [join(folder(), 'taken/model.json'), join(folder(), `${'m'.repeat(235)}.json`)]) {
      const saving = drawn(1).save(fileHandler(path));
      await expect(saving).rejects.toThrow(FileError);
      await expect(saving).rejects.toThrow(`cannot write ${path}: `);
    }
    expect(await readdir(folder())).toEqual(['taken']);
  });
});

import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayPairs } from '../../../ts/data/array-pairs.js';
import { fileHandler, readLayersModel } from '../../../ts/tfjs/exchange/file-handler.js';
import { fromLayersModel } from '../../../ts/tfjs/exchange/from-layers-model.js';
import { layersFromRows } from '../../../ts/tfjs/exchange/layers-from-rows.js';
import { Standardise } from '../../../ts/tfjs/exchange/standardise-layer.js';
import { fit } from '../../../ts/tfjs/training/fit.js';
import { OptionsError } from '../../../ts/wasm/errors.js';
import { matrix } from '../../../ts/wasm/matrix.js';
import { expectClose } from '../../support/close.js';
import { seededRandom } from '../../support/random.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { useBackend } from '../../support/tfjs.js';

const random = seededRandom(6);
const x = matrix(
  Float32Array.from({ length: 32 * 75 }, () => 4 + 3 * random.normal()),
  32,
  75,
);
const y = matrix(
  Float32Array.from({ length: 32 * 6 }, () => random.normal()),
  32,
  6,
);

/** A run over images of three channels, however they lie in rows, and rows of six numbers. */
async function trained(order: 'planes' | 'pixels', standardise: boolean) {
  const image = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [5, 5, 3], filters: 4, kernelSize: 3, activation: 'relu' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 4 }),
    ],
  });
  const plain = tf.sequential({ layers: [tf.layers.dense({ inputShape: [6], units: 4 })] });
  const pairs = arrayPairs({ x, y, xShape: { channels: 3, height: 5, width: 5, order } });
  const encoder = { x: image, y: plain };
  return (await fit({ pairs, encoder, objective: 'cpc', batch: 8, steps: 3, standardise })).model;
}

const temporary = temporaryFolder();

/** The name that TensorFlow.js gives the Standardise after next. */
function nextName(): string {
  const [, start, count] = /^(.*?)(\d+)$/.exec(new Standardise({}).name) ?? [];
  return `${start}${Number(count) + 1}`;
}

describe('layersFromRows', () => {
  beforeAll(() => useBackend('cpu'));

  it.each([
    ['planes', true],
    ['planes', false],
    ['pixels', true],
    ['pixels', false],
  ] as const)('takes rows as the run did: %s, standardised %s', async (order, standardise) => {
    const model = await trained(order, standardise);
    const layered = { x: layersFromRows(model, 'x'), y: layersFromRows(model, 'y') };
    const predicted = (side: 'x' | 'y', rows: typeof x) =>
      tf.tidy(() => (layered[side].predict(tf.tensor2d(rows.data, [32, rows.cols])) as tf.Tensor).dataSync());
    expectClose(predicted('x', x), model.embedX(x).data, { relative: 1e-5 });
    expectClose(predicted('y', y), model.embedY(y).data, { relative: 1e-5 });
    // As an encoder of the core it needs neither TensorFlow.js nor that run.
    const native = await fromLayersModel(layered, { objective: 'cpc' });
    expectClose(native.embedX(x).data, model.embedX(x).data, { relative: 1e-5 });
    expect(native.spec.xConvolutions?.image.order ?? 'planes').toBe(order);
    native.dispose();
  });

  it('is saved and read whatever the encoder calls its layers, also as one that is exported once more', async () => {
    const pairs = arrayPairs({ x: y, y });
    const run = { pairs, objective: 'cpc', batch: 8, steps: 1, standardise: true } as const;
    const inner = tf.sequential({ name: 'rows', layers: [tf.layers.dense({ inputShape: [6], units: 4 })] });
    const layers = [new Standardise({ inputShape: [6], name: 'standardise' } as never), inner];
    let encoder = tf.sequential({ name: 'encoder_x', layers }) as tf.LayersModel;
    for (let times = 0; times < 2; times++) {
      const { model } = await fit({ ...run, encoder });
      const layered = layersFromRows(model, 'x');
      await layered.save(fileHandler(join(temporary(), 'model.json')));
      encoder = await readLayersModel(join(temporary(), 'model.json'));
      const found = tf.tidy(() => (encoder.predict(tf.tensor2d(y.data, [32, 6])) as tf.Tensor).dataSync());
      expectClose(found, model.embedX(y).data, { absolute: 1e-5, relative: 1e-5 });
    }
  });

  it('is saved and read where the encoder has names that TensorFlow.js would give next', async () => {
    const layers = [new Standardise({ inputShape: [6], name: nextName() } as never), tf.layers.dense({ units: 4 })];
    const encoder = tf.sequential({ layers });
    const { model } = await fit({
      pairs: arrayPairs({ x: y, y }),
      encoder,
      objective: 'cpc',
      batch: 8,
      steps: 1,
      standardise: true,
    });
    await layersFromRows(model, 'x').save(fileHandler(join(temporary(), 'model.json')));
    const read = await readLayersModel(join(temporary(), 'model.json'));
    expect(read.layers.map(({ name }) => name)).toContain('standardise');
  });

  it('is of LayersModels, not of functions', async () => {
    const variable = tf.variable(tf.randomNormal([6, 2]));
    const apply = (rows: tf.Tensor) => tf.matMul(rows as tf.Tensor2D, variable as tf.Tensor2D) as tf.Tensor2D;
    const encoder = { apply, variables: [variable], outputDim: 2 };
    const { model } = await fit({ pairs: arrayPairs({ x: y, y }), encoder, objective: 'cpc', batch: 8, steps: 1 });
    expect(() => layersFromRows(model, 'x')).toThrow(OptionsError);
  });
});

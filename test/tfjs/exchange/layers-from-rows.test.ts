import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { arrayPairs } from '../../../ts/data/array-pairs.js';
import { fromLayersModel } from '../../../ts/tfjs/exchange/from-layers-model.js';
import { layersFromRows } from '../../../ts/tfjs/exchange/layers-from-rows.js';
import { fit } from '../../../ts/tfjs/training/fit.js';
import { OptionsError } from '../../../ts/wasm/errors.js';
import { matrix } from '../../../ts/wasm/matrix.js';
import { expectClose } from '../../support/close.js';
import { seededRandom } from '../../support/random.js';
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

  it('is of LayersModels, not of functions', async () => {
    const variable = tf.variable(tf.randomNormal([6, 2]));
    const apply = (rows: tf.Tensor) => tf.matMul(rows as tf.Tensor2D, variable as tf.Tensor2D) as tf.Tensor2D;
    const encoder = { apply, variables: [variable], outputDim: 2 };
    const { model } = await fit({ pairs: arrayPairs({ x: y, y }), encoder, objective: 'cpc', batch: 8, steps: 1 });
    expect(() => layersFromRows(model, 'x')).toThrow(OptionsError);
  });
});

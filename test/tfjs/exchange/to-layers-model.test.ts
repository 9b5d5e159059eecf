import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileHandler, readLayersModel } from '../../../ts/tfjs/exchange/file-handler.js';
import { toLayersModel } from '../../../ts/tfjs/exchange/to-layers-model.js';
import { ShapeError } from '../../../ts/wasm/errors.js';
import type { Matrix } from '../../../ts/wasm/matrix.js';
import { expectClose } from '../../support/close.js';
import { drawnModel, modelOf, rowsFor } from '../../support/drawn-encoder.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { tfjsBackends, useBackend } from '../../support/tfjs.js';

/** Sums of a few hundred float32 terms in other orders, a layer after the other. */
const CLOSE = { absolute: 1e-5, relative: 1e-5 };

const outputs = (model: LayersModel, { data, rows, cols }: Matrix) =>
  tf.tidy(() => [...(model.predict(tf.tensor2d(data, [rows, cols])) as tf.Tensor).dataSync()]);

describe.each(tfjsBackends)('toLayersModel on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => expect(tf.memory().numTensors).toBe(0));

  it('gives the same embeddings as the native encoder', async () => {
    fc.assert(
      fc.property(drawnModel, fc.constantFrom('x' as const, 'y' as const), (drawn, side) => {
        const model = modelOf(drawn);
        const rows = rowsFor(model, side, 6, drawn.seed);
        const layered = toLayersModel(model, side);
        expectClose(outputs(layered, rows), (side === 'x' ? model.embedX(rows) : model.embedY(rows)).data, CLOSE);
        layered.dispose();
        model.dispose();
      }),
      { numRuns: 40 },
    );
  });
});

describe('what toLayersModel gives', () => {
  const folder = temporaryFolder();
  beforeAll(() => useBackend('cpu'));
  const image = { channels: 3, height: 8, width: 7 } as const;
  const drawn = {
    x: image,
    y: image,
    encoder: 'c8k3s2p1-8-4',
    bias: true,
    isShared: false,
    isStandardised: true,
    seed: 3,
  } as const;

  it.each(['relu', 'leaky-relu', 'maxmin', 'groupsort'] as const)(
    'comes back from a model.json with %s, and learns',
    async (activation) => {
      const model = modelOf({ ...drawn, activation });
      const rows = rowsFor(model, 'x', 5, 8);
      const path = join(folder(), 'model.json');
      await toLayersModel(model, 'x').save(fileHandler(path));
      const read = await readLayersModel(path);
      expectClose(outputs(read, rows), model.embedX(rows).data, CLOSE);
      const weights = read.trainableWeights.map((weight) => weight.read() as tf.Variable);
      expect(weights).toHaveLength(6);
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.square(read.predict(tf.tensor2d(rows.data, [rows.rows, rows.cols])) as tf.Tensor)) as tf.Scalar,
      );
      for (const gradient of Object.values(grads)) expect(tf.norm(gradient).dataSync()[0]).toBeGreaterThan(0);
    },
  );

  it('is of x or of y', () => {
    expect(() => toLayersModel(modelOf({ ...drawn, activation: 'relu' }), 'z' as 'x')).toThrow(ShapeError);
  });
});

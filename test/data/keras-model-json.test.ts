import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { kerasLayers } from '../../ts/data/keras-layers.js';
import { kerasModel } from '../../ts/data/keras-model-json.js';
import { writeModelJsonFile } from '../../ts/data/model-json-file.js';
import { readLayersModel } from '../../ts/tfjs/exchange/file-handler.js';
import '../../ts/tfjs/exchange/group-sort.js';
import '../../ts/tfjs/exchange/standardise-layer.js';
import { encoderChain } from '../../ts/training/encoder-chain.js';
import { expectClose } from '../support/close.js';
import { drawnModel, modelOf, rowsFor } from '../support/drawn-encoder.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const temporary = temporaryFolder();
const path = (name: string) => join(temporary(), name);

it('TensorFlow.js reads the model.json of any native encoder, with equal outputs', async () => {
  await fc.assert(
    fc.asyncProperty(drawnModel, async (drawn) => {
      const model = modelOf(drawn);
      const chain = encoderChain(model, 'x');
      const { json, specs, weights } = kerasModel('encoder_x', chain.input[0] ?? 0, kerasLayers(chain, 'x'));
      await writeModelJsonFile(path('model.json'), json, specs, weights);
      const read = await readLayersModel(path('model.json'));
      const rows = rowsFor(model, 'x', 5, drawn.seed);
      const found = tf.tidy(() => (read.predict(tf.tensor2d(rows.data, [5, rows.cols])) as tf.Tensor).dataSync());
      expectClose(found, model.embedX(rows).data, { absolute: 1e-5, relative: 1e-5 });
      expect(await readdir(temporary())).toHaveLength(2);
      read.dispose();
      model.dispose();
    }),
    { numRuns: 25 },
  );
});

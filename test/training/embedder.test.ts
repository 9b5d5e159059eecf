import { describe, expect, it } from 'vitest';
import { loadEmbedder } from '../../ts/training/embedder.js';
import { fit } from '../../ts/training/fit.js';
import { loadModel } from '../../ts/training/model.js';
import { CheckpointError, DataError, StateError } from '../../ts/wasm/errors.js';
import { liveResources } from '../../ts/wasm/resource.js';
import { gaussianPairs } from './gaussian-pairs.js';

const rows = [
  [1, 2, 3, 4, 5],
  [-0.5, 0.25, 0, 1e-3, 7],
];

describe('an embedder', () => {
  it.each(['separable', 'bilinear', 'cosine', 'distance', 'joint'] as const)(
    'embeds and scores as the model whose file it is read from, with the critic %s',
    async (critic) => {
      const pairs = gaussianPairs(64, 5, 1);
      const { model } = await fit({ pairs, critic, encoder: '8-3', batch: 16, steps: 5, deterministic: true });
      const embedder = loadEmbedder(model.toBytes(), { deterministic: true });
      expect(embedder.embedX(rows)).toEqual(model.embedX(rows));
      expect(embedder.embedY(rows)).toEqual(model.embedY(rows));
      expect(embedder.score(rows, rows)).toEqual(model.score(rows, rows));
      embedder.dispose();
      expect(() => embedder.embedX(rows)).toThrow(StateError);
    },
  );

  it('refuses parameters that are no numbers, and frees what it had made', async () => {
    const { model } = await fit({ pairs: gaussianPairs(64, 5, 1), encoder: '8-3', batch: 16, steps: 1 });
    const bytes = model.toBytes().slice();
    model.dispose();
    // The last number of the file.
    new DataView(bytes.buffer).setFloat32(bytes.length - 4, Number.NaN, true);
    const before = liveResources();
    expect(() => loadEmbedder(bytes)).toThrow(DataError);
    expect(() => loadModel(bytes)).toThrow(DataError);
    expect(liveResources()).toBe(before);
  });

  it('is of a model only', () => {
    expect(() => loadEmbedder(new Uint8Array(8))).toThrow(CheckpointError);
  });
});

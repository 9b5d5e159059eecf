import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readNpyMatrix } from '../../../ts/data/npy.js';
import { readSafetensors, writeSafetensors } from '../../../ts/data/safetensors.js';
import type { Model } from '../../../ts/training/model.js';
import { runs, seed } from '../../support/arbitraries.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { bytesOf, poster, refusal, sameBitsHandler, trainedModel, X_DIMS } from '../trained.js';

let model: Model;
let post: ReturnType<typeof poster>;
beforeAll(async () => {
  model = await trainedModel();
  post = poster(sameBitsHandler({ model: model.toBytes() }));
});

describe('POST /score', () => {
  it("gives the model's scores of pairs, bit for bit, in every format", async () => {
    const property = fc.asyncProperty(fc.constantFrom(1, 3, 256, 300), seed, async (n, from) => {
      const random = seededRandom(from);
      const [x, y] = [normalRows(random, n, X_DIMS), normalRows(random, n, X_DIMS)];
      const expected = model.score(x, y);
      const tensor = (rows: typeof x) =>
        ({ dtype: 'F32', shape: [n, X_DIMS], data: Float32Array.from(rows.flat()) }) as const;
      const file = writeSafetensors(new Map([['x', tensor(x)] as const, ['y', tensor(y)] as const]));
      for (const body of [{ x, y }, file]) {
        const { scores } = (await (await post('/score', body)).json()) as { scores: number[] };
        expect(Float32Array.from(scores)).toEqual(expected);
        const npy = await bytesOf(await post('/score', body, { accept: 'application/x-npy' }));
        expect(readNpyMatrix(npy, 'scores')).toEqual({ data: expected, rows: n, cols: 1 });
        const safetensors = await bytesOf(await post('/score', body, { accept: 'application/x-safetensors' }));
        expect(readSafetensors(safetensors).tensors.get('scores')?.data).toEqual(expected);
      }
    });
    await fc.assert(property, { ...runs, numRuns: 5 });
  });

  it('refuses pairs that are none', async () => {
    const rows = normalRows(seededRandom(1), 3, X_DIMS);
    for (const body of [
      { x: rows, y: rows.slice(1) },
      { x: rows, y: rows.map((row) => row.slice(1)) },
    ]) {
      expect(await refusal(await post('/score', body))).toMatchObject({ status: 422, name: 'ShapeError' });
    }
    expect(await refusal(await post('/score', { x: rows }))).toMatchObject({ status: 400, name: 'OptionsError' });
  });

  it('counts the scores before it computes them', async () => {
    const small = poster(sameBitsHandler({ model: model.toBytes(), limits: { answerNumbers: 2 } }));
    const rows = normalRows(seededRandom(1), 3, X_DIMS);
    expect((await small('/score', { x: rows.slice(1), y: rows.slice(1) })).status).toBe(200);
    expect(await refusal(await small('/score', { x: rows, y: rows }))).toMatchObject({ status: 413 });
  });
});

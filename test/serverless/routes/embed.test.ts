import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readNpyMatrix, writeNpy } from '../../../ts/data/npy.js';
import { readSafetensors, writeSafetensors } from '../../../ts/data/safetensors.js';
import type { Model } from '../../../ts/training/model.js';
import { type Matrix, matrix } from '../../../ts/wasm/matrix.js';
import { runs, seed } from '../../support/arbitraries.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { bytesOf, EMBEDDING_DIMS, poster, refusal, sameBitsHandler, trainedModel, X_DIMS } from '../trained.js';

let model: Model;
let post: ReturnType<typeof poster>;
beforeAll(async () => {
  model = await trainedModel();
  post = poster(sameBitsHandler({ model: model.toBytes() }));
});

const flat = (rows: readonly (readonly number[])[]): Matrix =>
  matrix(Float32Array.from(rows.flat()), rows.length, X_DIMS);

describe('POST /embed', () => {
  it('answers in every format what the model gives, bit for bit, whatever the body is', async () => {
    const rowCounts = fc.constantFrom(1, 2, 9, 255, 256, 257, 600);
    const property = fc.asyncProperty(rowCounts, seed, async (n, from) => {
      const rows = normalRows(seededRandom(from), n, X_DIMS);
      const expected = model.embedY(rows).data;
      const tensor = { dtype: 'F32', shape: [n, X_DIMS], data: flat(rows).data } as const;
      const bodies: [string, unknown][] = [
        ['/embed', { y: rows }],
        ['/embed?as=y', writeNpy(rows)],
        ['/embed', writeSafetensors(new Map([['y', tensor]]))],
        [`/embed?as=y&columns=${X_DIMS}`, new Uint8Array(flat(rows).data.buffer)],
      ];
      for (const [path, body] of bodies) {
        const json = (await (await post(path, body)).json()) as { y: number[][] };
        expect(Float32Array.from(json.y.flat())).toEqual(expected);
        const npy = await bytesOf(await post(path, body, { accept: 'application/x-npy' }));
        expect(readNpyMatrix(npy, 'y')).toEqual({ data: expected, rows: n, cols: EMBEDDING_DIMS });
        const file = await bytesOf(await post(path, body, { accept: 'application/x-safetensors' }));
        expect(readSafetensors(file).tensors.get('y')?.data).toEqual(expected);
      }
    });
    await fc.assert(property, { ...runs, numRuns: 7 });
  });

  it('embeds both sides at once, as all but .npy', async () => {
    const rows = normalRows(seededRandom(3), 4, X_DIMS);
    const body = { x: rows, y: rows.slice(1) };
    const both = (await (await post('/embed', body)).json()) as { x: number[][]; y: number[][] };
    expect(Float32Array.from(both.x.flat())).toEqual(model.embedX(rows).data);
    expect(Float32Array.from(both.y.flat())).toEqual(model.embedY(rows.slice(1)).data);
    const npy = await refusal(await post('/embed', body, { accept: 'application/x-npy' }));
    expect(npy).toMatchObject({ status: 406, message: expect.stringContaining('several arrays (x, y)') });
  });

  it.each([
    [{}, 400, 'field x or y'],
    [{ z: [[1]] }, 400, 'no field "z"'],
    [{ x: [[1, 2]] }, 422, 'x has 2 columns, its encoder takes 7'],
    [{ x: [] }, 422, 'at least one row'],
    [{ x: [Array(X_DIMS).fill(1e39)] }, 422, 'row 0 column 0 is Infinity'],
    [{ x: [Array(X_DIMS).fill(null)] }, 422, 'row 0, column 0 is null'],
    [{ x: 'model.safetensors' }, 422, 'a matrix or an array of rows'],
  ])('refuses %j', async (body, status, message) => {
    expect(await refusal(await post('/embed', body))).toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });

  it('refuses more than the limits allow', async () => {
    const small = poster(
      sameBitsHandler({ model: model.toBytes(), limits: { rows: 2, dims: X_DIMS, bodyBytes: 400 } }),
    );
    const rows = normalRows(seededRandom(3), 2, X_DIMS).map((row) => row.map(Math.round));
    expect((await small('/embed', { x: rows })).status).toBe(200);
    expect(await refusal(await small('/embed', { x: [...rows, ...rows] }))).toMatchObject({ status: 413 });
    expect(await refusal(await small('/embed', { x: [[...(rows[0] ?? []), 1]] }))).toMatchObject({ status: 413 });
    const long = await small('/embed', `{"x":${' '.repeat(400)}[]}`);
    expect(await refusal(long)).toMatchObject({ status: 413, message: expect.stringContaining('at most 400 bytes') });
  });

  it.each([
    ['arrays', '[],'],
    ['objects', '{},'],
    ['depth', '['],
    ['fields', '"a":1,'],
  ])('refuses a body of many %s before it is parsed', async (_, part) => {
    const body = `{"x":[${part.repeat(700_000)}1]}`;
    const tensor = { dtype: 'F32', shape: [1, X_DIMS], data: new Float32Array(X_DIMS) } as const;
    for (const sent of [body, writeSafetensors(new Map([['x', tensor]]), { fields: body })]) {
      expect(await refusal(await post('/embed', sent))).toMatchObject({
        status: 413,
        message: expect.stringContaining('arrays, objects and fields of JSON'),
      });
    }
  });

  it('counts the numbers of the answer before it computes them', async () => {
    const numbers = 4 * EMBEDDING_DIMS;
    const small = poster(sameBitsHandler({ model: model.toBytes(), limits: { answerNumbers: numbers } }));
    const rows = normalRows(seededRandom(3), 5, X_DIMS);
    expect((await small('/embed', { x: rows.slice(1) })).status).toBe(200);
    for (const body of [{ x: rows }, { x: rows.slice(2), y: rows.slice(3) }]) {
      expect(await refusal(await small('/embed', body))).toMatchObject({
        status: 413,
        message: expect.stringContaining(`at most ${numbers} numbers in an answer`),
      });
    }
  });

  it('needs a model', async () => {
    expect(await refusal(await poster(sameBitsHandler())('/embed', { x: [[1]] }))).toMatchObject({ status: 404 });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AdapterJson } from '../../../ts/adapters/adapter.js';
import { fitAdapter } from '../../../ts/adapters/fit-adapter.js';
import { readNpyMatrix, writeNpy } from '../../../ts/data/npy.js';
import { type Tensor, writeSafetensors } from '../../../ts/data/safetensors.js';
import { matrix } from '../../../ts/wasm/matrix.js';
import { drawnAdapter, everyShape } from '../../adapters/drawn-adapter.js';
import { twoSpaces } from '../../adapters/two-spaces.js';
import { runs, seed } from '../../support/arbitraries.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { bytesOf, poster, refusal, sameBitsHandler } from '../trained.js';

const DIMS = 6;
const rowsOf = (from: number, n: number, dims = DIMS) => normalRows(seededRandom(from), n, dims);
const flat = (answer: Record<string, number[][]>, name: string) => Float32Array.from(answer[name]?.flat() ?? []);
const [faq, chat] = [drawnAdapter(DIMS, 'query', null, 1), drawnAdapter(DIMS, 'both', 2, 2)];

describe('POST /apply', () => {
  it('maps both sides as the adapter does, whether it is configured or posted', async () => {
    const shapes = fc.record({ shape: fc.constantFrom(...everyShape(DIMS)), from: seed });
    const property = fc.asyncProperty(shapes, fc.constantFrom(1, 257), async ({ shape, from }, n) => {
      const adapter = drawnAdapter(DIMS, shape.adapt, shape.rank, from, shape);
      const queries = rowsOf(from, n);
      const documents = rowsOf(from + 1, 2, shape.documentDims);
      const expected = {
        queries: adapter.queries(queries, { deterministic: true }).data,
        documents: adapter.documents(documents, { deterministic: true }).data,
      };
      const post = poster(sameBitsHandler({ adapters: { own: () => Promise.resolve(adapter.toBytes()) } }));
      const tensor = (rows: readonly (readonly number[])[]): Tensor => ({
        dtype: 'F32',
        shape: [rows.length, rows[0]?.length ?? 0],
        data: Float32Array.from(rows.flat()),
      });
      const bytes = adapter.toBytes();
      const file = new Map<string, Tensor>([
        ['queries', tensor(queries)],
        ['documents', tensor(documents)],
        ['adapter', { dtype: 'U8', shape: [bytes.length], data: bytes }],
      ]);
      const bodies = [
        { queries, documents },
        { queries, documents, adapter: 'own' },
        { queries, documents, adapter },
        writeSafetensors(file),
      ];
      for (const body of bodies) {
        const answer = (await (await post('/apply', body)).json()) as Record<string, number[][]>;
        expect(flat(answer, 'queries')).toEqual(expected.queries);
        expect(flat(answer, 'documents')).toEqual(expected.documents);
      }
    });
    await fc.assert(property, runs);
  });

  it('takes and gives .npy of one side, and smaller sizes', async () => {
    const shape = { head: 'map', sizes: [4, 2] } as const;
    const small = drawnAdapter(DIMS, 'shared', null, 3, shape);
    const post = poster(sameBitsHandler({ adapters: { small: small.toBytes() } }));
    const rows = rowsOf(4, 5);
    const answer = await post('/apply?as=documents&dims=2', writeNpy(rows), { accept: 'application/x-npy' });
    const { data } = small.documents(rows, { dims: 2, deterministic: true });
    expect(readNpyMatrix(await bytesOf(answer), 'documents')).toEqual(matrix(data, 5, 2));
  });

  it('takes what fit answers as it stands', async () => {
    const post = poster(sameBitsHandler());
    const { queries, documents, qrels } = twoSpaces(3);
    const fitted = { queries, documents, qrels, maxEpochs: 4 };
    const { adapter } = (await (await post('/fit', fitted)).json()) as { adapter: AdapterJson };
    const answer = (await (await post('/apply', { queries, adapter })).json()) as Record<string, number[][]>;
    const expected = (await fitAdapter({ ...fitted, deterministic: true })).adapter;
    expect(expected.isIdentity).toBe(false);
    expect(flat(answer, 'queries')).toEqual(expected.queries(queries, { deterministic: true }).data);
  });

  it.each([
    [{ queries: rowsOf(1, 2) }, 400, 'adapter must name one that this function has (faq, chat), got nothing'],
    [{ queries: rowsOf(1, 2), adapter: '../faq' }, 400, 'got "../faq"'],
    [{ queries: rowsOf(1, 2), adapter: 'constructor' }, 400, 'adapter must name'],
    [{ queries: rowsOf(1, 2), adapter: {} }, 422, 'fields are missing or wrong'],
    [{ queries: rowsOf(1, 2, 5), adapter: 'faq' }, 422, 'takes queries of 6 numbers, got 5'],
    [{ queries: rowsOf(1, 2), adapter: 'faq', dims: 3 }, 400, "one of the adapter's sizes"],
    [{ queries: [[0, 0, 0, 0, 0, 0]], adapter: 'faq' }, 422, 'row 0 is a zero vector'],
    [{ adapter: 'faq' }, 400, 'queries or documents'],
  ])('refuses case %#', async (body, status, message) => {
    const post = poster(sameBitsHandler({ adapters: { faq: faq.toBytes(), chat: chat.toBytes() } }));
    expect(await refusal(await post('/apply', body))).toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['outputs', { adapt: 'query', head: 'map', documentDims: 9, sizes: [9] }, { limits: { dims: 8 } }],
    ['hidden units', { head: 'mlp', hidden: 9 }, { limits: { dims: 8 } }],
    ['numbers in an answer', {}, { limits: { answerNumbers: 17 } }],
    ['numbers in an answer', { sizes: [6, 2], head: 'map' }, { limits: { answerNumbers: 17 } }],
  ] as const)('counts the %s of a posted adapter before it maps: case %#', async (_, shape, { limits }) => {
    const adapter = drawnAdapter(DIMS, 'shared', null, 3, shape);
    const body = { queries: rowsOf(1, 2), documents: rowsOf(1, 1, adapter.documentDims), adapter };
    const refused = await refusal(await poster(sameBitsHandler({ limits }))('/apply', body));
    expect(refused).toMatchObject({ status: 413, message: expect.stringContaining('at most') });
    expect((await poster(sameBitsHandler())('/apply', body)).status).toBe(200);
  });

  it('takes as many numbers as an answer may have, of smaller sizes too', async () => {
    const adapter = drawnAdapter(DIMS, 'shared', null, 3, { sizes: [6, 2], head: 'map' });
    const post = poster(sameBitsHandler({ limits: { answerNumbers: 18 } }));
    expect((await post('/apply', { queries: rowsOf(1, 2), documents: rowsOf(1, 1), adapter })).status).toBe(200);
    expect((await post('/apply', { queries: rowsOf(1, 9), adapter, dims: 2 })).status).toBe(200);
    expect((await post('/apply', { queries: rowsOf(1, 10), adapter, dims: 2 })).status).toBe(413);
  });
});

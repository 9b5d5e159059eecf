import { beforeAll, describe, expect, it } from 'vitest';
import { readNpyMatrix } from '../../../ts/data/npy.js';
import { readSafetensors } from '../../../ts/data/safetensors.js';
import { type LambdaEvent, type LambdaHandler, type LambdaResult, toLambda } from '../../../ts/entries/serverless.js';
import { fit } from '../../../ts/training/fit.js';
import type { Model } from '../../../ts/training/model.js';
import { OptionsError } from '../../../ts/wasm/errors.js';
import { twoSpaces } from '../../adapters/two-spaces.js';
import { gaussianPairs } from '../../training/gaussian-pairs.js';
import { sameBitsHandler } from '../trained.js';
import { eventOf } from './lambda-event.js';

/** A model of two inputs, as many as the case's body has numbers. */
let model: Model;
let invoke: LambdaHandler;
beforeAll(async () => {
  const pairs = gaussianPairs(64, 2, 1);
  ({ model } = await fit({ pairs, encoder: '5-3', batch: 8, steps: 10, seed: 1, deterministic: true }));
  invoke = toLambda(sameBitsHandler({ model: model.toBytes(), limits: { bodyBytes: 100 } }));
});

const floats = 'AACAPwAAAEA=';
const octets = { 'content-type': 'application/octet-stream' };
const bodyOf = ({ body }: LambdaResult) => JSON.parse(body);
const expected = () => model.embedX([[1, 2]]).data;

describe('AWS Lambda', () => {
  it('S2: takes the floats of a base64 body, JSON of a plain one, and answers both', async () => {
    const binary = await invoke(
      eventOf('/embed', floats, { query: 'columns=2', headers: octets, isBase64Encoded: true }),
    );
    expect(binary).toMatchObject({
      statusCode: 200,
      isBase64Encoded: false,
      headers: { 'content-type': 'application/json' },
    });
    expect(Float32Array.from(bodyOf(binary).x[0])).toEqual(expected());
    const text = await invoke(eventOf('/embed', '{"x":[[1,2]]}'));
    expect(bodyOf(text)).toEqual(bodyOf(binary));
  });

  it('S2: answers .npy and safetensors as base64', async () => {
    for (const accept of ['application/x-npy', 'application/x-safetensors']) {
      const headers = { 'content-type': 'application/json', accept };
      const {
        isBase64Encoded,
        body,
        headers: answered,
      } = await invoke(eventOf('/embed', '{"x":[[1,2]]}', { headers }));
      expect([isBase64Encoded, answered['content-type']]).toEqual([true, accept]);
      const bytes = Buffer.from(body, 'base64');
      const { data } = accept.endsWith('npy')
        ? readNpyMatrix(bytes, 'x')
        : (readSafetensors(bytes).tensors.get('x') ?? {});
      expect(data).toEqual(expected());
    }
  });

  it('S2: refuses what is no base64, or no whole floats, and answers the next', async () => {
    const binary = { query: 'columns=2', headers: octets, isBase64Encoded: true };
    const notBase64 = await invoke(eventOf('/embed', 'not base64!', binary));
    expect(notBase64.statusCode).toBe(400);
    expect(bodyOf(notBase64).error.message).toContain('must be base64, found text with " " at 3');
    const threeBytes = await invoke(eventOf('/embed', 'AACA', binary));
    expect(threeBytes.statusCode).toBe(422);
    expect(bodyOf(threeBytes).error).toEqual({
      name: 'DataError',
      message: '3 bytes are no whole rows of 2 float32 numbers',
    });
    expect((await invoke(eventOf('/embed', floats, binary))).statusCode).toBe(200);
  });

  it('S2: counts decoded bytes against the limit', async () => {
    const send = (bytes: number) => {
      const body = Buffer.alloc(bytes).toString('base64');
      return invoke(eventOf('/embed', body, { query: 'columns=2', headers: octets, isBase64Encoded: true }));
    };
    expect(Buffer.alloc(96).toString('base64').length).toBeGreaterThan(100);
    expect((await send(96)).statusCode).toBe(200);
    expect((await send(104)).statusCode).toBe(413);
  });

  it('tells its routes, and refuses methods, paths and headers that are none', async () => {
    expect(bodyOf(await invoke(eventOf('/', null, { method: 'GET' }))).name).toBe('kantorovich');
    expect((await invoke(eventOf('/embed', null, { method: 'GET' }))).headers.allow).toBe('POST');
    expect((await invoke(eventOf('/embed', null))).statusCode).toBe(400);
    for (const path of ['//evil', '/%', '/\u0000', '/../..', '\\']) {
      expect((await invoke(eventOf(path, '{}'))).statusCode).toBeGreaterThanOrEqual(400);
    }
    expect((await invoke(eventOf('/embed', '{}', { method: 'CONNECT' }))).statusCode).toBe(400);
    expect((await invoke(eventOf('/embed', '{}', { headers: { 'bad name': 'x' } }))).statusCode).toBe(400);
  });

  it('ends in time for an answer', async () => {
    const { queries, documents, qrels } = twoSpaces(1);
    const body = JSON.stringify({ queries, documents, qrels, maxEpochs: 1_000_000, patience: 1_000_000 });
    const late = await toLambda(sameBitsHandler())(eventOf('/fit', body), { getRemainingTimeInMillis: () => 550 });
    expect(late.statusCode).toBe(503);
    expect(bodyOf(late).error.message).toContain("within the function's time");
  });

  it('refuses an answer that Lambda would not carry', async () => {
    const rows = `[${Array(20_000).fill('[1,2]').join(',')}]`;
    const wide = await fit({ pairs: gaussianPairs(64, 2, 1), encoder: '64', batch: 8, steps: 1, seed: 1 });
    const big = toLambda(sameBitsHandler({ model: wide.model.toBytes() }));
    const answer = await big(eventOf('/embed', `{"x":${rows}}`));
    expect(answer.statusCode).toBe(413);
    expect(bodyOf(answer).error.message).toContain('too many for Lambda');
  });

  it('counts the bytes of the answer as it is sent, quotes escaped', async () => {
    const most = 6 * 2 ** 20;
    const answerOf = (text: string) =>
      toLambda(async () => new Response(text, { headers: { 'content-type': 'application/json' } }))(eventOf('/', null));
    for (const one of ['x', '"', '\\', 'é', '\u0001', '💡']) {
      const each = Buffer.byteLength(JSON.stringify(one)) - 2;
      const bytes = Buffer.byteLength(JSON.stringify(await answerOf('')));
      const count = Math.floor((most - bytes) / each);
      const fits = await answerOf(one.repeat(count));
      expect([fits.statusCode, fits.body.length]).toEqual([200, count * one.length]);
      expect(Buffer.byteLength(JSON.stringify(fits))).toBeLessThanOrEqual(most);
      expect((await answerOf(one.repeat(count + 1))).statusCode).toBe(413);
    }
  });

  it('takes an event whose headers and query are null', async () => {
    const event = { ...eventOf('/', null, { method: 'GET' }), headers: null, rawQueryString: null };
    expect((await invoke(event)).statusCode).toBe(200);
  });

  it.each([null, {}, { Records: [] }, { rawPath: '/' }, { httpMethod: 'POST', path: '/embed' }])(
    'fails the invocation of an event that is no request: %j',
    async (event) => {
      await expect(invoke(event as unknown as LambdaEvent)).rejects.toThrow(OptionsError);
    },
  );
});

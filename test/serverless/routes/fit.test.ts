import { beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../../ts/data/safetensors.js';
import { type FitAdapterResult, fitAdapter, loadAdapter } from '../../../ts/entries/adapters.js';
import { twoSpaces } from '../../adapters/two-spaces.js';
import { bytesOf, poster, refusal, sameBitsHandler } from '../trained.js';

const { queries, documents } = twoSpaces(5);
const given = { queries, documents, qrels: 'pairs' as const, maxEpochs: 3 };
const short = { queries: queries.slice(0, 3), documents: documents.slice(0, 3), qrels: 'pairs' };
let expected: FitAdapterResult;
beforeAll(async () => {
  expected = await fitAdapter({ ...given, deterministic: true });
});

describe('POST /fit', () => {
  it('gives the adapter that fitAdapter does, with its report', async () => {
    const answer = (await (await poster(sameBitsHandler())('/fit', given)).json()) as Record<string, unknown>;
    const { seconds, ...report } = expected.report;
    expect(answer).toEqual({
      improved: expected.improved,
      reason: expected.reason,
      report: { ...JSON.parse(JSON.stringify(report)), seconds: expect.any(Number) },
      text: `${expected.report}`,
      adapter: JSON.parse(JSON.stringify(expected.adapter)),
    });
  });

  it('gives its file, from tensors, options in their metadata or in the address', async () => {
    const tensors = new Map(
      Object.entries({ queries, documents }).map(([name, rows]) => {
        const data = Float32Array.from(rows.flat());
        return [name, { dtype: 'F32', shape: [rows.length, rows[0]?.length ?? 0], data }] as const;
      }),
    );
    const pairs = BigInt64Array.from(queries.flatMap((_, i) => [BigInt(i), BigInt(i)]));
    tensors.set('qrels', { dtype: 'I64', shape: [queries.length, 2], data: pairs } as never);
    const body = writeSafetensors(tensors, { fields: JSON.stringify({ model: 'mini' }) });
    const path = `/fit?maxEpochs=3&weights=f16&prefix=${encodeURIComponent('query: ')}`;
    const response = await poster(sameBitsHandler())(path, body, { accept: 'application/x-safetensors' });
    expect(response.headers.get('kantorovich-improved')).toBe(String(expected.improved));
    expect(decodeURIComponent(response.headers.get('kantorovich-reason') ?? '')).toBe(expected.reason);
    const same = { ...given, qrels: queries.map((_, i) => [i, i] as const), model: 'mini', prefix: 'query: ' };
    const file = await bytesOf(response);
    expect(file).toEqual((await fitAdapter({ ...same, deterministic: true })).adapter.toBytes({ weights: 'f16' }));
    expect(loadAdapter(file, { model: 'mini', prefix: 'query: ' }).dims).toBe(queries[0]?.length);
  });

  it('takes ids in fields, and relevance by them', async () => {
    const ids = queries.map((_, i) => `id ${i}`);
    const qrels = Object.fromEntries(ids.map((id) => [id, [id]]));
    const post = poster(sameBitsHandler());
    const answer = (await (await post('/fit', { ...given, qrels, queryIds: ids, documentIds: ids })).json()) as object;
    expect(answer).toMatchObject({ improved: expected.improved, report: { pairs: queries.length } });
  });

  it.each([
    [{ qrels: 'pairs' }, 400, 'queries must be a matrix'],
    [{ queries, documents }, 400, 'qrels must be'],
    [{ ...short }, 422, 'queries'],
    [{ ...given, maxEpoch: 3 }, 400, 'no field "maxEpoch"'],
    [{ ...given, signal: {} }, 400, 'no field "signal"'],
    [{ ...given, onEpoch: 1 }, 400, 'no field "onEpoch"'],
    [{ ...given, hidden: 5000 }, 413, 'at most 1024 hidden units'],
    [{ ...given, dims: [8, 7, 6, 5, 4, 3, 2, 1, 1] }, 413, 'at most 8 sizes'],
    [{ ...given, negatives: { mine: 101 } }, 413, 'at most 100 mined negatives'],
    [{ queries: [Array(1025).fill(1)], documents: [[1]], qrels: 'pairs' }, 413, 'at most 1024 numbers in a row'],
    [{ ...given, hidden: 'many' }, 400, 'hidden'],
    [{ ...given, weights: 'f8' }, 400, 'weights'],
    [{ ...given, weights: 'f16' }, 400, 'accept application/x-safetensors'],
    [{ ...given, queryIds: 'abc' }, 400, 'queryIds must be an array'],
    [{ ...given, queryIds: ['a'] }, 422, 'ids for'],
    [{ ...given, documents: [{ embedding: [1, 0] }, { id: 'a', embedding: [1, 0] }] }, 422, 'field id'],
    [{ ...given, qrels: [[0, 1, 'x']] }, 422, 'grade must be a finite number'],
  ])('refuses what fitAdapter does, with its words: case %#', async (body, status, message) => {
    expect(await refusal(await poster(sameBitsHandler())('/fit', body))).toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });

  it('has a limit on judgements', async () => {
    const post = poster(sameBitsHandler({ limits: { pairs: 100 } }));
    expect(await refusal(await post('/fit', given))).toMatchObject({
      status: 413,
      message: expect.stringContaining('at most 100 judgements'),
    });
  });

  it('stops where the time of a request has run out, and answers the next', async () => {
    const log: unknown[] = [];
    const onError = (error: unknown) => log.push(error);
    const post = poster(sameBitsHandler({ limits: { seconds: 0.02 }, onError }));
    const late = await refusal(await post('/fit', { ...given, maxEpochs: 1_000_000, patience: 1_000_000 }));
    expect(late).toMatchObject({ status: 503, message: expect.stringContaining('not done within 0.02 s') });
    expect(log).toHaveLength(1);
    // What was stopped gives its place back at its next step.
    let status = 503;
    for (let tries = 0; tries < 500 && status === 503; tries++) {
      const { status: now, message } = await refusal(await post('/fit', short));
      status = now;
      if (now === 503) expect(message).toMatch(/run here at a time/);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(status).toBe(422);
  });

  it('stops where the caller goes away', async () => {
    const controller = new AbortController();
    const handler = sameBitsHandler();
    const request = new Request('http://function/fit', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...given, maxEpochs: 1_000_000, patience: 1_000_000 }),
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 50);
    expect((await handler(request)).status).toBe(499);
  });

  it('runs as many at a time as the limit says, and refuses the next with a time to wait', async () => {
    const post = poster(sameBitsHandler({ onError: () => undefined }));
    const [first, second] = await Promise.all([post('/fit', given), post('/fit', given)]);
    expect([first.status, second.status]).toEqual([200, 503]);
    expect(second.headers.get('retry-after')).toBe('5');
    expect((await post('/fit', given)).status).toBe(200);
  });

  it('takes its place before it looks at the body, and shares the places with probes', async () => {
    const handler = sameBitsHandler();
    const statusOf = async (path: string) => (await poster(handler)(path, 'no JSON')).status;
    const controller = new AbortController();
    const first = handler(
      new Request('http://function/fit', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...given, maxEpochs: 1_000_000, patience: 1_000_000 }),
        signal: controller.signal,
      }),
    );
    let tries = 0;
    while ((await statusOf('/fit')) === 400 && tries < 100) {
      tries += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const during = await Promise.all(['/fit', '/probe', '/evaluate'].map(statusOf));
    controller.abort();
    expect(during).toEqual([503, 503, 400]);
    expect((await first).status).toBe(499);
  });

  it('keeps requests that run at the same time apart', async () => {
    const post = poster(sameBitsHandler({ limits: { fits: 8 } }));
    const bodies = [1, 2, 3, 4].map((seed) => ({ ...twoSpaces(seed), deterministic: undefined, maxEpochs: 2, seed }));
    const alone: unknown[] = [];
    for (const body of bodies) alone.push(await (await post('/fit', body)).json());
    const together = await Promise.all(bodies.map(async (body) => (await post('/fit', body)).json()));
    const withoutTime = (answer: unknown) =>
      JSON.parse(JSON.stringify(answer), (key, value) => (key === 'seconds' ? 0 : value));
    expect(together.map(withoutTime)).toEqual(alone.map(withoutTime));
  });
});

import { describe, expect, it } from 'vitest';
import { evaluateRetrieval } from '../../../ts/entries/adapters.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { poster, refusal, sameBitsHandler } from '../trained.js';

const random = seededRandom(8);
const [queries, documents] = [normalRows(random, 30, 5), normalRows(random, 50, 5)];
const qrels = queries.map((_, i) => [i, (7 * i) % 50, 1 + (i % 3)] as const);
const post = poster(sameBitsHandler());

describe('POST /evaluate', () => {
  it.each([{}, { k: [1, 7], metric: 'inner-product' }, { k: 3, truncate: 4, quantize: 'int8' }] as const)(
    'gives the metrics of evaluateRetrieval with %j',
    async (options) => {
      const { metrics, counts, perQuery } = evaluateRetrieval({
        queries,
        documents,
        qrels,
        ...options,
        deterministic: true,
      });
      const body = { queries, documents, qrels, ...options };
      expect(await (await post('/evaluate', body)).json()).toEqual({ metrics, counts });
      const whole = (await (await post('/evaluate', { ...body, perQuery: true })).json()) as object;
      expect(whole).toEqual({
        metrics,
        counts,
        perQuery: {
          ids: perQuery.ids,
          firstRelevant: [...perQuery.firstRelevant],
          metrics: Object.fromEntries(Object.entries(perQuery.metrics).map(([name, values]) => [name, [...values]])),
        },
      });
    },
  );

  it('takes the rows, qrels and answers of others as they come', async () => {
    const items = queries.map((embedding, i) => ({ id: `q${i}`, embedding }));
    const answer = { data: documents.map((embedding, index) => ({ index, embedding })), model: 'mini' };
    const trec = qrels.map(([query, document, grade]) => `q${query} 0 ${document} ${grade}`).join('\n');
    const { metrics } = evaluateRetrieval({ queries, documents, qrels, deterministic: true });
    const found = (await (
      await post('/evaluate', { queries: items, documents: answer, qrels: trec })
    ).json()) as object;
    expect(found).toMatchObject({ metrics });
  });

  it.each([
    [{ queries, documents, qrels: 'pairs' }, 422, 'as many documents as queries'],
    [{ queries, documents, qrels, k: 101 }, 413, 'at most 100'],
    [{ queries, documents, qrels, k: Array(101).fill(1) }, 413, 'at most 100 cut-offs'],
    [{ queries, documents, qrels, k: 0 }, 400, 'k must be'],
    [{ queries, documents, qrels, perQuery: 1 }, 400, 'perQuery must be'],
    [{ queries, documents, qrels, metric: 'euclid' }, 400, 'metric must be'],
    [{ queries, documents, qrels: [[0, 50]] }, 422, 'from 0 to 49'],
    [{ queries: queries.map((row) => row.slice(1)), documents, qrels }, 422, ''],
  ])('refuses case %#', async (body, status, message) => {
    expect(await refusal(await post('/evaluate', body))).toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });

  it('cuts what a refusal repeats of what was posted, and says so', async () => {
    const qrels = [['x'.repeat(1e6), 0]];
    const { status, message } = await refusal(await post('/evaluate', { queries, documents, qrels }));
    expect(status).toBe(422);
    expect(message).toMatch(/^qrels: pair 0.*cut from \d{7} characters\)$/);
    expect(message.length).toBeLessThan(2100);
  });

  it('lets others be answered while it ranks, and ends where the caller goes away', async () => {
    const [many, corpus] = [normalRows(random, 2000, 32), normalRows(random, 20_000, 32)];
    const handler = sameBitsHandler();
    const controller = new AbortController();
    const body = JSON.stringify({ queries: many, documents: corpus, qrels: many.map((_, i) => [i, i]) });
    const headers = { 'content-type': 'application/json' };
    let isDone = false;
    const request = new Request('http://function/evaluate', {
      method: 'POST',
      headers,
      body,
      signal: controller.signal,
    });
    const whole = handler(request).finally(() => {
      isDone = true;
    });
    let answered = 0;
    while (!isDone) {
      expect((await poster(handler)('/evaluate', { queries, documents, qrels })).status).toBe(200);
      await new Promise((resolve) => setImmediate(resolve));
      answered += 1;
      if (answered === 5) controller.abort();
    }
    expect((await whole).status).toBe(499);
    expect(answered).toBeGreaterThanOrEqual(5);
  });
});

import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createHandler, DEFAULT_LIMITS } from '../../ts/entries/serverless.js';
import type { Model } from '../../ts/training/model.js';
import { OptionsError } from '../../ts/wasm/errors.js';
import { poster, refusal, trainedModel, X_DIMS } from './trained.js';

const row = Array.from({ length: X_DIMS }, (_, k) => k / 8);
let model: Model;
beforeAll(async () => {
  model = await trainedModel();
});

/** A promise, and what fulfils it. */
function withResolvers() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

describe('the handler', () => {
  it('tells its version, routes and limits, and loads nothing for that', async () => {
    const handler = createHandler({
      model: () => {
        throw new Error('not needed');
      },
      limits: { rows: 10 },
    });
    for (const path of ['/', '/health']) {
      const response = await handler(new Request(`http://function${path}`));
      expect(response.status).toBe(200);
      const { version, routes, limits } = (await response.json()) as Record<string, Record<string, unknown>>;
      expect(version).toBe(JSON.parse(await readFile('package.json', 'utf8')).version);
      expect(Object.keys(routes)).toContain('embed');
      expect(limits).toEqual({ ...DEFAULT_LIMITS, rows: 10 });
    }
  });

  it('refuses other paths, methods, types and formats by their statuses', async () => {
    const handler = createHandler({ model: model.toBytes() });
    const post = poster(handler);
    const missing = await refusal(await post('/embedding', { x: [row] }));
    expect(missing).toMatchObject({ status: 404, name: 'RequestError' });
    expect(missing.message).toContain('there are embed, score, fit, apply, evaluate, probe');
    const wrongMethod = await handler(new Request('http://function/embed'));
    expect(wrongMethod.headers.get('allow')).toBe('POST');
    expect((await refusal(wrongMethod)).status).toBe(405);
    const put = await handler(new Request('http://function/', { method: 'PUT', body: 'x' }));
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const form = await post('/embed', 'x=1', { 'content-type': 'application/x-www-form-urlencoded' });
    expect((await refusal(form)).status).toBe(415);
    const zipped = await post('/embed', { x: [row] }, { 'content-encoding': 'gzip' });
    expect((await refusal(zipped)).status).toBe(415);
    const html = await post('/embed', { x: [row] }, { accept: 'text/html' });
    expect((await refusal(html)).status).toBe(406);
    const anything = await post('/embed', { x: [row] }, { accept: 'text/html, */*;q=0.1' });
    expect(anything.headers.get('content-type')).toBe('application/json');
  });

  it('lies below a base', async () => {
    const post = poster(createHandler({ model: model.toBytes(), base: '/api' }));
    expect((await post('/api/embed', { x: [row] })).status).toBe(200);
    expect((await post('/api/embed/', { x: [row] })).status).toBe(200);
    for (const path of ['/embed', '/apiembed', '/api/x/embed'])
      expect((await post(path, { x: [row] })).status).toBe(404);
  });

  it.each(['/é', '/my api/', '/a/../b', '/%C3%A9'])('lies below the base %s, however it is written', async (base) => {
    const handler = createHandler({ base });
    expect((await handler(new Request(`http://function${base}`))).status).toBe(200);
    expect((await handler(new Request('http://function/'))).status).toBe(404);
  });

  it('answers HEAD as GET, without the body', async () => {
    const handler = createHandler();
    for (const path of ['/', '/health']) {
      const response = await handler(new Request(`http://function${path}`, { method: 'HEAD' }));
      expect([response.status, await response.text()]).toEqual([200, '']);
      expect(response.headers.get('content-type')).toBe('application/json');
    }
    expect((await handler(new Request('http://function/embed', { method: 'HEAD' }))).status).toBe(405);
  });

  it('takes a content-encoding of identity, in letters of any size', async () => {
    const post = poster(createHandler({ model: model.toBytes() }));
    expect((await post('/embed', { x: [row] }, { 'content-encoding': 'Identity' })).status).toBe(200);
  });

  it('loads a model once for all who wait, and again after a failure, whose cause stays in the log', async () => {
    const log: unknown[] = [];
    let loads = 0;
    const handler = createHandler({
      model: async () => {
        loads += 1;
        if (loads === 1) throw new Error('no such file: /home/me/model.safetensors');
        return model.toBytes().buffer as ArrayBuffer;
      },
      onError: (error) => log.push(error),
    });
    const post = poster(handler);
    const first = await Promise.all([post('/embed', { x: [row] }), post('/embed', { x: [row] })]);
    expect(loads).toBe(1);
    for (const response of first) {
      const { status, message } = await refusal(response);
      expect(status).toBe(503);
      expect(message).not.toContain('/home');
    }
    expect(log.map((error) => String((error as Error).cause))).toEqual(
      Array(2).fill('Error: no such file: /home/me/model.safetensors'),
    );
    const later = await Promise.all([post('/embed', { x: [row] }), post('/embed', { x: [row] })]);
    expect(later.map(({ status }) => status)).toEqual([200, 200]);
    expect(loads).toBe(2);
  });

  it('asks again for a file that never came, and keeps one that did', async () => {
    let loads = 0;
    const log: unknown[] = [];
    const handler = createHandler({
      model() {
        loads += 1;
        return loads === 1 ? new Promise(() => undefined) : model.toBytes();
      },
      limits: { seconds: 1 },
      onError: (error) => log.push(error),
    });
    const post = poster(handler);
    expect(await refusal(await post('/embed', { x: [row] }))).toMatchObject({ status: 503 });
    // One who asks just before a load's time is up waits with it.
    while ((await post('/embed', { x: [row] })).status !== 200);
    const left = new Request('http://function/embed', {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ x: [row] }) },
      signal: AbortSignal.abort(),
    });
    expect((await handler(left)).status).toBe(499);
    expect((await post('/embed', { x: [row] })).status).toBe(200);
    expect(loads).toBe(2);
    expect(log.length).toBeGreaterThan(0);
  });

  it('loads a model once for callers who leave one after the other, and for the one who stays', async () => {
    let loads = 0;
    const { promise: here, resolve: arrive } = withResolvers();
    const handler = createHandler({
      async model() {
        loads += 1;
        await here;
        return model.toBytes();
      },
    });
    for (let caller = 0; caller < 20; caller++) {
      const controller = new AbortController();
      const left = handler(
        new Request('http://function/embed', {
          ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ x: [row] }) },
          signal: controller.signal,
        }),
      );
      while (loads === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      controller.abort();
      expect((await left).status).toBe(499);
    }
    const stays = poster(handler)('/embed', { x: [row] });
    arrive();
    expect((await stays).status).toBe(200);
    expect(loads).toBe(1);
  });

  it('keeps a model that works through faults that are not of the core', async () => {
    let loads = 0;
    const handler = createHandler({
      model() {
        loads += 1;
        return model.toBytes();
      },
    });
    const post = poster(handler);
    expect((await post('/embed', { x: [row] })).status).toBe(200);
    const request = new Request('http://function/embed', { method: 'POST', body: '{}' });
    Object.defineProperty(request, 'headers', { value: null });
    expect((await handler(request)).status).toBe(500);
    expect((await post('/embed', { x: [[{ toString: 1 }, 0]] })).status).toBe(422);
    expect((await post('/embed', { x: [row] })).status).toBe(200);
    expect(loads).toBe(1);
  });

  it('says of a fault of its own only that there was one', async () => {
    const handler = createHandler({
      model: model.toBytes(),
      onError: () => {
        throw new Error('the log is full');
      },
    });
    const request = new Request('http://function/embed', { method: 'POST', body: '{}' });
    Object.defineProperty(request, 'headers', { value: null });
    expect(await refusal(await handler(request))).toEqual({
      status: 500,
      name: 'InternalError',
      message: 'the function failed; it goes on to answer others',
    });
  });

  it('outlives a log that rejects', async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', note);
    const handler = createHandler({
      model: () => {
        throw new Error('no such file');
      },
      onError: async () => {
        throw new Error('the log is down');
      },
    });
    expect((await poster(handler)('/embed', { x: [row] })).status).toBe(503);
    // Node tells of rejections after the turn that they came in.
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('unhandledRejection', note);
    expect(rejections).toEqual([]);
  });

  it.each([
    [{ modle: new Uint8Array() }, "no option 'modle'"],
    [{ model: 'runs/first/model.safetensors' }, 'a function that gives them'],
    [{ adapters: { faq: 'faq.safetensors' } }, 'adapters.faq'],
    [{ limits: { row: 1 } }, "limits has no option 'row'"],
    [{ limits: { rows: 0 } }, 'limits.rows must be'],
    [{ limits: { seconds: Number.NaN } }, 'limits.seconds must be'],
    [{ limits: { seconds: 2_147_484 } }, 'up to 2147483'],
    [{ base: 'api' }, 'begins with /'],
    [{ base: '/api?x' }, 'no ? or #'],
    [{ base: '/api#x' }, 'no ? or #'],
    [{ deterministic: 1 }, 'deterministic must be'],
    [{ onError: 'log' }, 'onError must be'],
  ])('refuses %j', (options, message) => {
    expect(() => createHandler(options as never)).toThrow(OptionsError);
    expect(() => createHandler(options as never)).toThrow(message);
  });
});

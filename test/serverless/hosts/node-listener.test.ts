import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toNodeListener } from '../../../ts/entries/serverless.js';
import type { Model } from '../../../ts/training/model.js';
import { twoSpaces } from '../../adapters/two-spaces.js';
import { refusal, sameBitsHandler, trainedModel, X_DIMS } from '../trained.js';

let model: Model;
let server: Server;
let port = 0;
const faults: unknown[] = [];

beforeAll(async () => {
  model = await trainedModel();
  const handler = sameBitsHandler({
    model: model.toBytes(),
    onError: (error) => faults.push(error),
    limits: { bodyBytes: 2 ** 20 },
  });
  server = createServer(toNodeListener(handler));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const rows = (from: number) => [Array.from({ length: X_DIMS }, (_, k) => Math.fround(Math.sin(from + k)))];
const json = { 'content-type': 'application/json' };

function post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  const isBytes = body instanceof Uint8Array;
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: isBytes ? { 'content-type': 'application/octet-stream' } : json,
    body: (isBytes ? body : JSON.stringify(body)) as BodyInit,
    ...init,
  });
}

async function embedded(from: number): Promise<Float32Array> {
  const { x } = (await (await post('/embed', { x: rows(from) })).json()) as { x: number[][] };
  return Float32Array.from(x.flat());
}

/** Sends text as it stands and takes what comes back until the connection ends. */
function raw(text: string, isCut = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text);
      if (isCut) socket.destroySoon();
    });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}

describe("Node's http", () => {
  it('answers 1,000 concurrent requests, each with its own answer', async () => {
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => embedded(i)));
    answers.forEach((answer, i) => {
      expect(answer).toEqual(model.embedX(rows(i)).data);
    });
    expect(faults).toEqual([]);
  });

  it('refuses a body that is too large before all of it has come, and answers the next', async () => {
    const refused = await refusal(await post('/embed', new Uint8Array(2 ** 20 + 1)));
    expect(refused).toMatchObject({ status: 413, name: 'RequestError' });
    const endless = `POST /embed HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    expect(await raw(endless + chunk.repeat(20))).toMatch(/^HTTP\/1.1 413 [\s\S]*at most 1048576 bytes/);
    expect(await embedded(1)).toEqual(model.embedX(rows(1)).data);
  });

  it('outlives uploads that are cut off, hosts that are none, and paths of every kind', async () => {
    const head = (more: string) => `POST /embed HTTP/1.1\r\ncontent-type: application/json\r\n${more}\r\n\r\n`;
    for (const body of ['', '{"x":', '{"x":[[1,2']) {
      expect(await raw(head('host: a\r\ncontent-length: 1000') + body, true)).toBe('');
    }
    expect(await raw(`GET / HTTP/1.1\r\nhost: [not an address\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 200/);
    for (const path of ['//', '//evil/embed', '/%', '/../../etc/passwd', '/embed%00', `/${'a'.repeat(2000)}`, '*']) {
      expect(await raw(`POST ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 4/);
    }
    expect(await embedded(2)).toEqual(model.embedX(rows(2)).data);
    expect(faults).toEqual([]);
  });

  it('takes the path from the request line alone, of a whole address too', async () => {
    const body = JSON.stringify({ x: rows(3) });
    const send = (line: string, host: string) =>
      raw(
        `${line} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
          `content-length: ${body.length}\r\n\r\n${body}`,
      );
    for (const host of ['a', 'u:p@a', 'a/nothing#', 'a?x', '']) {
      expect(await send('POST /embed', host)).toMatch(/^HTTP\/1.1 200/);
      expect(await send('POST http://other/embed', host)).toMatch(/^HTTP\/1.1 200/);
    }
    for (const host of ['a/embed#', 'a/embed?x=']) expect(await send('POST /nothing', host)).toMatch(/^HTTP\/1.1 404/);
  });

  it('answers what is no request', async () => {
    const send = (line: string) => raw(`${line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
    expect(await send('TRACE /embed')).toMatch(/^HTTP\/1.1 501 [\s\S]*"name":"RequestError"/);
    expect(await send('POST http://[/embed')).toMatch(/^HTTP\/1.1 400 /);
    expect(faults).toEqual([]);
  });

  it('stops the fit of a caller that goes away: its place is free again', async () => {
    const controller = new AbortController();
    const { queries, documents, qrels } = twoSpaces(1);
    const long = { queries, documents, qrels, maxEpochs: 1_000_000, patience: 1_000_000 };
    const gone = post('/fit', long, { signal: controller.signal });
    // Not before the fit has begun: then another is refused.
    while ((await post('/fit', { queries, documents, qrels, maxEpochs: 1 })).status !== 503);
    controller.abort();
    await expect(gone).rejects.toThrow();
    let status = 503;
    while (status === 503) ({ status } = await post('/fit', { queries, documents, qrels, maxEpochs: 1 }));
    expect(status).toBe(200);
    faults.length = 0;
  });

  it('gives the model to 20 callers at once while a fit runs', async () => {
    const { queries, documents, qrels } = twoSpaces(2);
    // One that lasts until it is told to end: who is answered has not waited for it.
    const controller = new AbortController();
    const long = { queries, documents, qrels, maxEpochs: 1_000_000, patience: 1_000_000 };
    const fitted = post('/fit', long, { signal: controller.signal });
    let isFitted = false;
    const note = () => {
      isFitted = true;
    };
    fitted.then(note, note);
    // Not before the fit has begun: then another is refused.
    while ((await post('/fit', { queries, documents, qrels, maxEpochs: 1 })).status !== 503);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => embedded(i)));
    expect(isFitted).toBe(false);
    controller.abort();
    await expect(fitted).rejects.toThrow();
    faults.length = 0;
    expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => model.embedX(rows(i)).data));
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heldBytes } from '../../ts/serverless/held-bytes.js';
import { runs } from '../support/arbitraries.js';
import { poster, refusal, sameBitsHandler } from './trained.js';

const good = { queries: [[1, 0]], documents: [[1, 0]], qrels: 'pairs' };

/** A request whose body goes on after its first bytes only when it is told to. */
function slowRequest(first: string, headers: Record<string, string> = {}) {
  let end = (_: string): void => undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(first));
      end = (rest) => {
        controller.enqueue(new TextEncoder().encode(rest));
        controller.close();
      };
    },
  });
  const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json', ...headers } };
  return { request: new Request('http://function/evaluate', init as RequestInit), end: (rest: string) => end(rest) };
}

describe('a body', () => {
  it('that does not come within its time is refused by 408, and gives its memory back', async () => {
    const handler = sameBitsHandler({ limits: { bodySeconds: 0.05, bodiesBytes: 100 } });
    const { request } = slowRequest(' '.repeat(90));
    expect(await refusal(await handler(request))).toMatchObject({
      status: 408,
      message: expect.stringContaining('did not come within 0.05 s'),
    });
    expect((await poster(handler)('/evaluate', good)).status).toBe(200);
  });

  it('is refused by 503 where others fill the memory, until they are answered', async () => {
    const handler = sameBitsHandler({ limits: { bodiesBytes: 100 } });
    const post = poster(handler);
    const slow = slowRequest(' '.repeat(90));
    const answer = handler(slow.request);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const text = JSON.stringify(good);
    for (const headers of [{}, { 'content-length': String(text.length) }] as Record<string, string>[]) {
      const refused = await post('/evaluate', text, headers);
      expect(refused.headers.get('retry-after')).toBe('5');
      expect(await refusal(refused)).toMatchObject({ status: 503, message: expect.stringContaining('try again') });
    }
    slow.end(text);
    expect((await answer).status).toBe(200);
    expect((await post('/evaluate', ' '.repeat(200) + text)).status).toBe(200);
  });
});

describe('bytes in memory', () => {
  it('are never more than the limit, but for one body alone, and none where all were released', () => {
    const step = fc.tuple(fc.nat(3), fc.nat(60), fc.boolean());
    const property = fc.property(fc.array(step), (steps) => {
      const hold = heldBytes(100);
      const bodies = Array.from({ length: 4 }, () => ({ held: hold(), own: 0, isOver: false }));
      for (const [at, bytes, isLast] of steps) {
        const body = bodies[at];
        if (body === undefined) continue;
        const others = bodies.reduce((sum, { own }) => sum + own, 0) - body.own;
        const add = () => body.held.add(bytes);
        if (!body.isOver && others > 0 && others + body.own + bytes > 100) {
          expect(add).toThrow('try again');
        } else {
          add();
          if (!body.isOver) body.own += bytes;
        }
        if (!isLast) continue;
        body.held.release();
        Object.assign(body, { own: 0, isOver: true });
      }
      for (const { held } of bodies) held.release();
      const [first, second] = [hold(), hold()];
      first.add(99);
      second.add(1);
      expect(() => second.requireRoom(1)).toThrow('try again');
    });
    fc.assert(property, runs);
  });
});

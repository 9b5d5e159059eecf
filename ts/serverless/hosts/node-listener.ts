import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from '../create-handler.js';

/** What `http.createServer` takes. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * A handler as a listener of Node's http server. Bodies go through piece by piece, no faster than the other side takes them;
 * a caller that goes away ends the request's signal.
 */
export function toNodeListener(handler: Handler): NodeListener {
  return (incoming, outgoing) => {
    const controller = new AbortController();
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) controller.abort();
    });
    // A broken connection is an event, not a fault of the server.
    outgoing.on('error', () => controller.abort());
    answer(handler, incoming, outgoing, controller.signal).catch(() => outgoing.destroy());
  };
}

async function answer(
  handler: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const response = await handler(toRequest(incoming, signal));
  if (outgoing.destroyed) return;
  outgoing.statusCode = response.status;
  response.headers.forEach((value, name) => {
    outgoing.setHeader(name, value);
  });
  // What is left of a refused body would have to be read before the connection can serve again.
  if (!incoming.complete) outgoing.setHeader('connection', 'close');
  if (response.body !== null) await writeBody(response.body, outgoing);
  outgoing.end();
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', headers } = incoming;
  const all = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((one): [string, string] => [name, one]),
  );
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(addressOf(url, headers.host), {
    method,
    headers: all,
    signal,
    ...(hasBody && { body: bodyOf(incoming), duplex: 'half' }),
  } as RequestInit);
}

/** Only the path and the query count: what a caller calls the host need not be an address. */
function addressOf(url: string, host = 'localhost'): URL {
  const base = URL.canParse(`http://${host}`) ? `http://${host}` : 'http://localhost';
  return new URL(url.startsWith('/') ? `${base}${url}` : base);
}

/** Read as it is asked for. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function writeBody(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  for await (const chunk of body) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(chunk)) await drained(outgoing);
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    outgoing.once('drain', resolve).once('close', resolve);
  });
}

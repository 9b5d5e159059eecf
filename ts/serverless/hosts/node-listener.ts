import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from '../create-handler.js';
import { RequestError } from '../request-error.js';
import { problemResponse } from '../responses.js';

const ORIGIN = 'http://localhost';
/** Of them no Request can be made. */
const FORBIDDEN: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

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
    responseTo(handler, incoming, controller.signal)
      .then((response) => send(response, incoming, outgoing))
      .catch(() => outgoing.destroy());
  };
}

/** Never rejects: what is no request that the handler could be asked is refused here. */
async function responseTo(handler: Handler, incoming: IncomingMessage, signal: AbortSignal): Promise<Response> {
  try {
    return await handler(toRequest(incoming, signal));
  } catch (error) {
    return problemResponse(error);
  }
}

async function send(response: Response, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
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

/** @throws {RequestError} 501 on methods that the Fetch standard forbids, 400 on what is otherwise no request */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', headers } = incoming;
  if (FORBIDDEN.has(method)) throw new RequestError(501, `there is no ${method} here`);
  const all = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((one): [string, string] => [name, one]),
  );
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody && { body: bodyOf(incoming), duplex: 'half' };
  try {
    return new Request(addressOf(url), { method, headers: all, signal, ...body } as RequestInit);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RequestError(400, `no request that can be answered: ${reason}`, {}, { cause: error });
  }
}

/** Only the path and the query count, of a whole address too, as proxies send it; what a caller calls the host may be anything. */
function addressOf(url: string): URL {
  if (url === '*') return new URL(ORIGIN);
  if (url.startsWith('/')) return new URL(`${ORIGIN}${url}`);
  const { pathname, search } = new URL(url);
  return new URL(`${ORIGIN}${pathname}${search}`);
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

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a runtime said of an invocation. */
export interface Outcome {
  readonly kind: 'response' | 'error';
  readonly body: unknown;
}

/** Stands in for Lambda: hands out invocations to a runtime by Lambda's runtime API, and takes what becomes of them. */
export interface RuntimeApi {
  /** Host and port, as `AWS_LAMBDA_RUNTIME_API` has them. */
  readonly address: string;
  /** Queues an event; fulfils once the runtime has answered. */
  invoke(event: unknown): Promise<Outcome>;
  close(): void;
}

/** As Lambda refuses answers. */
const MOST_BYTES = 6_291_556;
const BASE = '/2018-06-01/runtime';

/** Starts a stand-in on a free port, which refuses longer answers with 413. */
export async function runtimeApi(mostBytes = MOST_BYTES): Promise<RuntimeApi> {
  const events: { readonly id: string; readonly event: unknown }[] = [];
  const waiting: ServerResponse[] = [];
  const outcomes = new Map<string, (outcome: Outcome) => void>();
  let count = 0;
  const handOut = () => {
    while (events.length > 0 && waiting.length > 0) {
      const [one, response] = [events.shift(), waiting.shift()];
      response?.setHeader('lambda-runtime-aws-request-id', one?.id ?? '');
      response?.setHeader('lambda-runtime-deadline-ms', String(Date.now() + 30_000));
      response?.setHeader('lambda-runtime-invoked-function-arn', 'arn:aws:lambda:eu-central-1:0:function:test');
      response?.setHeader('content-type', 'application/json').end(JSON.stringify(one?.event));
    }
  };
  const server = createServer(async (request, response) => {
    const { method, url = '' } = request;
    if (method === 'GET' && url === `${BASE}/invocation/next`) {
      waiting.push(response);
      return handOut();
    }
    const [, id = '', kind] = new RegExp(`^${BASE}/invocation/([^/]+)/(response|error)$`).exec(url) ?? [];
    const settle = outcomes.get(id);
    if (method !== 'POST' || settle === undefined) return void response.writeHead(404).end();
    const text = await textOf(request);
    if (Buffer.byteLength(text) > mostBytes) return void response.writeHead(413).end('too large');
    outcomes.delete(id);
    settle({ kind: kind as Outcome['kind'], body: JSON.parse(text) });
    response.writeHead(202).end('{"status":"OK"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    invoke: (event) =>
      new Promise((resolve) => {
        count += 1;
        outcomes.set(`request-${count}`, resolve);
        events.push({ id: `request-${count}`, event });
        handOut();
      }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

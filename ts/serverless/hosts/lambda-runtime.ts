import type { Agent, IncomingMessage } from 'node:http';
import { checkOptions } from '../../wasm/check-options.js';
import { StateError } from '../../wasm/errors.js';
import type { Handler } from '../create-handler.js';
import { toLambda } from './lambda.js';

/** How {@link serveLambda} is reached. */
export interface ServeLambdaOptions {
  /** Host and port of Lambda's runtime API. Default what Lambda says in `AWS_LAMBDA_RUNTIME_API`. */
  readonly api?: string | undefined;
}

/** An invocation as the runtime API hands it out. */
interface Invocation {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  readonly body: string;
}

/**
 * Takes invocations from Lambda's runtime API, one after the other, for as long as Lambda lets the process live: the whole
 * of a custom runtime, on provided.al2023 for instance. Node's own runtimes on Lambda take what `toLambda` gives.
 *
 * @throws {StateError} outside Lambda, and where the API answers what it should not
 */
export async function serveLambda(handler: Handler, options: ServeLambdaOptions = {}): Promise<never> {
  checkOptions(options, { api: true }, 'serveLambda');
  const { api = process.env.AWS_LAMBDA_RUNTIME_API } = options;
  if (!api) throw new StateError('AWS_LAMBDA_RUNTIME_API is not set: serveLambda runs as a runtime of Lambda');
  const base = `http://${api}/2018-06-01/runtime/invocation`;
  const invoke = toLambda(handler);
  // Loaded here, since other hosts start sooner without it.
  const { Agent, request } = await import('node:http');
  // One connection, and no time limit: between two invocations Lambda may freeze the process for hours.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const exchange = exchanger(request, agent);
  for (;;) {
    const { id, deadline, body } = await nextInvocation(base, exchange);
    const context = { getRemainingTimeInMillis: () => deadline - Date.now() };
    const [path, result] = await Promise.resolve()
      .then(() => invoke(JSON.parse(body), context))
      .then((answer) => ['response', answer] as const)
      .catch((error: unknown) => ['error', failureOf(error)] as const);
    try {
      await exchange(`${base}/${id}/${path}`, JSON.stringify(result));
    } catch (error) {
      // An answer that the API refuses, such as one that is too large, ends its own invocation only.
      if (path === 'error' || !(error instanceof StateError)) throw error;
      await exchange(`${base}/${id}/error`, JSON.stringify(failureOf(error)));
    }
  }
}

async function nextInvocation(base: string, exchange: Exchange): Promise<Invocation> {
  const { headers, body } = await exchange(`${base}/next`);
  const id = headers['lambda-runtime-aws-request-id'];
  const deadline = Number(headers['lambda-runtime-deadline-ms'] ?? Number.NaN);
  if (typeof id !== 'string' || Number.isNaN(deadline)) {
    throw new StateError('the runtime API gave an invocation without its id or its deadline');
  }
  return { id, deadline, body };
}

/** As Lambda logs it; where the function's code lies is not said. */
function failureOf(error: unknown): object {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message, stackTrace: [] };
}

interface Exchanged {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** GET, or POST where there is something to send. */
type Exchange = (address: string, sent?: string) => Promise<Exchanged>;

function exchanger(request: typeof import('node:http').request, agent: Agent): Exchange {
  return (address, sent) =>
    new Promise((resolve, reject) => {
      const headers =
        sent === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
      const outgoing = request(address, { agent, method: sent === undefined ? 'GET' : 'POST', headers }, (incoming) => {
        let body = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          body += chunk;
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          const { statusCode = 0 } = incoming;
          if (statusCode >= 200 && statusCode < 300) resolve({ headers: incoming.headers, body });
          else
            reject(new StateError(`Lambda's runtime API answered ${statusCode} to ${address}: ${body.slice(0, 200)}`));
        });
      });
      outgoing.on('error', reject);
      outgoing.end(sent);
    });
}

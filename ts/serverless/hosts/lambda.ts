import { decodeBase64, encodeBase64 } from '../../data/base64.js';
import { OptionsError } from '../../wasm/errors.js';
import type { Handler } from '../create-handler.js';
import { bareType, MEDIA_TYPES } from '../media-types.js';
import { RequestError } from '../request-error.js';
import { problemResponse } from '../responses.js';

/** What AWS Lambda is invoked with behind a function URL or API Gateway's HTTP API: format 2.0. */
export interface LambdaEvent {
  readonly rawPath: string;
  readonly rawQueryString?: string | null;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly requestContext: { readonly http: { readonly method: string } };
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/** What Lambda says of an invocation; only this is read. */
export interface LambdaContext {
  getRemainingTimeInMillis?(): number;
}

/** An answer as both take it. */
export interface LambdaResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** What a module of a function exports as its `handler`. */
export type LambdaHandler = (event: LambdaEvent, context?: LambdaContext) => Promise<LambdaResult>;

/** Lambda's own limit, on the whole answer as JSON: its body's quotes and backslashes count twice. */
const MOST_BYTES = 6 * 2 ** 20;
/** Left for the answer that time has run out. */
const MARGIN_MS = 500;

/**
 * A handler as Lambda's. Bodies that are not text travel as base64, both ways; limits are of the decoded bytes. What would
 * last longer than the invocation may is ended by 503 half a second before.
 *
 * The promise rejects with an {OptionsError} on events that are of no request, which are the fault of the trigger.
 */
export function toLambda(handler: Handler): LambdaHandler {
  return async (event, context) => {
    checkEvent(event);
    const controller = new AbortController();
    const left = context?.getRemainingTimeInMillis?.();
    const late = () =>
      controller.abort(new RequestError(503, "not done within the function's time: send less at a time"));
    const timer = left === undefined ? undefined : setTimeout(late, Math.max(0, left - MARGIN_MS));
    try {
      return await toResult(await handler(toRequest(event, controller.signal)));
    } catch (error) {
      return toResult(problemResponse(error));
    } finally {
      clearTimeout(timer);
    }
  };
}

function checkEvent(event: LambdaEvent): void {
  if (typeof event?.rawPath === 'string' && typeof event.requestContext?.http?.method === 'string') return;
  throw new OptionsError(
    'expected an event of a function URL or an HTTP API, format 2.0: it has rawPath and requestContext.http',
  );
}

/** @throws {RequestError} 400 on a body that says it is base64 and is not, and on an address or headers that are none */
function toRequest(event: LambdaEvent, signal: AbortSignal): Request {
  const { rawPath, rawQueryString, headers, requestContext, body, isBase64Encoded } = event;
  const { method } = requestContext.http;
  const hasBody = typeof body === 'string' && body !== '' && method !== 'GET' && method !== 'HEAD';
  try {
    return new Request(`https://function${rawPath}${rawQueryString ? `?${rawQueryString}` : ''}`, {
      method,
      headers: Object.entries(headers ?? {}).map(([name, value]): [string, string] => [name, value ?? '']),
      signal,
      ...(hasBody && { body: isBase64Encoded ? decodeBase64(body, 'isBase64Encoded: the body must be base64') : body }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RequestError(400, reason, {}, { cause: error });
  }
}

async function toResult(response: Response): Promise<LambdaResult> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const headers = Object.fromEntries(response.headers);
  const isBase64Encoded = bareType(response.headers.get('content-type')) !== MEDIA_TYPES.json;
  const body = isBase64Encoded ? encodeBase64(bytes) : new TextDecoder().decode(bytes);
  const result = { statusCode: response.status, headers, body, isBase64Encoded };
  if (new TextEncoder().encode(JSON.stringify(result)).length <= MOST_BYTES) return result;
  const fault = `the answer has ${bytes.length} bytes, too many for Lambda: send less at a time, or accept a binary answer`;
  return toResult(problemResponse(new RequestError(413, fault)));
}

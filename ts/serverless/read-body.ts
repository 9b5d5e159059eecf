import { joinedBytes } from '../data/joined-bytes.js';
import { withDeadline } from './deadline.js';
import type { HeldBytes } from './held-bytes.js';
import type { Limits } from './limits.js';
import { callerLeft, RequestError } from './request-error.js';

/**
 * A request's body, counted while it comes in, also among those that are in memory.
 *
 * @throws {RequestError} 413 beyond the limit, before more is read; 415 where it is compressed; 400 where there is none, or
 * it ends before it is whole; 408 where it takes too long; 503 where there is no memory for it beside others; 499 where the caller went away
 */
export async function readBody(
  request: Request,
  { bodyBytes, bodySeconds }: Limits,
  held: HeldBytes,
): Promise<Uint8Array> {
  return withDeadline(
    request.signal,
    bodySeconds,
    (signal) => wholeBody(request, { bodyBytes, held, signal }),
    () => new RequestError(408, `the body did not come within ${bodySeconds} s: send less at a time`),
  );
}

interface Reading {
  readonly bodyBytes: number;
  readonly held: HeldBytes;
  readonly signal: AbortSignal;
}

async function wholeBody(request: Request, reading: Reading): Promise<Uint8Array> {
  const { bodyBytes, held } = reading;
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new RequestError(415, `content-encoding must be identity, got ${encoding}: send the body uncompressed`);
  }
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > bodyBytes) throw tooLarge(bodyBytes);
  held.requireRoom(Number(declared));
  if (request.body === null) throw new RequestError(400, 'the request has no body');
  const bytes = joinedBytes(await chunksOf(request.body, reading));
  if (bytes.length === 0) throw new RequestError(400, 'the body is empty');
  if (declared !== null && Number(declared) !== bytes.length) {
    throw new RequestError(400, `content-length says ${declared} bytes, the body has ${bytes.length}`);
  }
  return bytes;
}

async function chunksOf(
  body: ReadableStream<Uint8Array>,
  { bodyBytes, held, signal }: Reading,
): Promise<readonly Uint8Array[]> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > bodyBytes) throw tooLarge(bodyBytes);
      held.add(value.length);
      chunks.push(value);
    }
  } catch (error) {
    cancel();
    if (signal.aborted) throw callerLeft(signal);
    if (error instanceof RequestError) throw error;
    throw new RequestError(400, 'the body ended before it was whole', {}, { cause: error });
  } finally {
    signal.removeEventListener('abort', cancel);
  }
  if (signal.aborted) throw callerLeft(signal);
  return chunks;
}

function tooLarge(limit: number): RequestError {
  return new RequestError(413, `a body has at most ${limit} bytes: send less at a time`);
}

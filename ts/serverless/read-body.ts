import { joinedBytes } from './joined-bytes.js';
import { callerLeft, RequestError } from './request-error.js';

/**
 * A request's body, counted while it comes in.
 *
 * @throws {RequestError} 413 beyond the limit, before more is read; 415 where it is compressed; 400 where there is none, or
 * it ends before it is whole; 499 where the caller went away
 */
export async function readBody(request: Request, limit: number, signal: AbortSignal): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw new RequestError(415, `content-encoding must be identity, got ${encoding}: send the body uncompressed`);
  }
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > limit) throw tooLarge(limit);
  if (request.body === null) throw new RequestError(400, 'the request has no body');
  const bytes = joinedBytes(await chunksOf(request.body, limit, signal));
  if (bytes.length === 0) throw new RequestError(400, 'the body is empty');
  if (declared !== null && Number(declared) !== bytes.length) {
    throw new RequestError(400, `content-length says ${declared} bytes, the body has ${bytes.length}`);
  }
  return bytes;
}

async function chunksOf(
  body: ReadableStream<Uint8Array>,
  limit: number,
  signal: AbortSignal,
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
      if (length > limit) throw tooLarge(limit);
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

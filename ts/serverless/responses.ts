import { type JsonValue, jsonText } from '../data/json-text.js';
import { InternalError, KantorovichError, OptionsError, StateError } from '../wasm/errors.js';
import type { Turns } from './deadline.js';
import { type Format, MEDIA_TYPES } from './media-types.js';
import { RequestError } from './request-error.js';
import type { Answer } from './route.js';

/** Of a message. */
const MOST_CHARACTERS = 2000;

/** An answer in the format that was agreed on. */
export async function answerResponse(answer: Answer, format: Format, turns: Turns): Promise<Response> {
  const write = format === 'json' ? undefined : answer[format];
  const body = write === undefined ? await jsonBody(answer, turns) : write();
  return new Response(body as BodyInit, {
    headers: { ...answer.headers, 'content-type': MEDIA_TYPES[write === undefined ? 'json' : format] },
  });
}

async function jsonBody(answer: Answer, turns: Turns): Promise<string | Uint8Array> {
  const json = await answer.json(turns);
  return json instanceof Uint8Array ? json : jsonText(json as Record<string, JsonValue>);
}

/**
 * A refusal, `{ error: { name, message } }`, with the class of the error. What the library says of what was posted goes out
 * as it stands, cut where it repeats too much; of anything else, only that the function failed.
 */
export function problemResponse(error: unknown): Response {
  const status = statusOf(error);
  const { name, message } = isTelling(error)
    ? error
    : new InternalError('the function failed; it goes on to answer others');
  const headers = error instanceof RequestError ? error.headers : {};
  return new Response(JSON.stringify({ error: { name, message: cut(message) } }), {
    status,
    headers: { ...headers, 'content-type': MEDIA_TYPES.json },
  });
}

/** A message may repeat an id, or a row, of millions of characters. */
function cut(message: string): string {
  if (message.length <= MOST_CHARACTERS) return message;
  return `${message.slice(0, MOST_CHARACTERS)} ... (cut from ${message.length} characters)`;
}

/** 400 where a field is wrong in itself, 422 where what it holds cannot be used, 500 where the fault is not the caller's. */
export function statusOf(error: unknown): number {
  if (error instanceof RequestError) return error.status;
  if (!(error instanceof KantorovichError) || error instanceof InternalError || error instanceof StateError) return 500;
  return error instanceof OptionsError ? 400 : 422;
}

function isTelling(error: unknown): error is KantorovichError {
  return error instanceof KantorovichError && !(error instanceof InternalError);
}

import { InternalError } from '../wasm/errors.js';
import { aboutResponse } from './about.js';
import { turns, withDeadline } from './deadline.js';
import { type FunctionState, functionState } from './function-state.js';
import { type CheckedHandler, checkedHandler, type HandlerOptions } from './handler-options.js';
import { acceptedFormat, type Format } from './media-types.js';
import { type Fields, postedFields } from './posted.js';
import { readBody } from './read-body.js';
import { RequestError } from './request-error.js';
import { answerResponse, problemResponse, statusOf } from './responses.js';
import type { Route } from './route.js';
import { ROUTES } from './routes.js';

/** Answers a request; never rejects. */
export type Handler = (request: Request) => Promise<Response>;

/**
 * A function that answers over HTTP what the library computes: `POST /embed`, `/score`, `/fit`, `/apply`, `/evaluate` and
 * `/probe`, and `GET /`, which tells the routes and limits. Bodies are JSON, .npy or safetensors; answers are JSON, or what
 * `accept` asks for; what cannot be answered gets a status from 400 and `{ error: { name, message } }`. Nothing is loaded
 * or compiled before a request needs it, and no route reads a path or an address that a caller names. Who may call is the
 * host's affair.
 *
 * @throws {OptionsError} on options that there are not or values out of range
 */
export function createHandler(options: HandlerOptions = {}): Handler {
  const checked = checkedHandler(options);
  const state = functionState(checked);
  return async (request) => {
    try {
      return await respond(request, checked, state);
    } catch (error) {
      const status = statusOf(error);
      if (error instanceof InternalError) state.forgetModel();
      if (status >= 500) tell(checked, error, request);
      return problemResponse(error);
    }
  };
}

async function respond(request: Request, checked: CheckedHandler, state: FunctionState): Promise<Response> {
  const url = new URL(request.url);
  const name = nameOf(url, checked.base);
  if (name === '' || name === 'health') {
    requireMethod(request, ['GET', 'HEAD']);
    const about = await aboutResponse(state);
    return request.method === 'HEAD' ? new Response(null, about) : about;
  }
  const load = name === null ? undefined : ROUTES.get(name);
  if (name === null || load === undefined) {
    throw new RequestError(
      404,
      `there is no route ${url.pathname.slice(0, 80)}: there are ${[...ROUTES.keys()].join(', ')}`,
    );
  }
  requireMethod(request, ['POST']);
  const route = await load();
  const format = acceptedFormat(request.headers.get('accept'), route.answers);
  const held = state.holdBody();
  try {
    const bytes = await readBody(request, state.limits, held);
    return await routed(bytes, { request, url, name, route, format, state });
  } finally {
    held.release();
  }
}

interface Routed {
  readonly request: Request;
  readonly url: URL;
  readonly name: string;
  readonly route: Route;
  readonly format: Format;
  readonly state: FunctionState;
}

async function routed(bytes: Uint8Array, { request, url, name, route, format, state }: Routed): Promise<Response> {
  const { limits } = state;
  return withDeadline(request.signal, limits.seconds, (signal) => {
    const answer = async () => {
      const fields = postedFields(bytes, request.headers.get('content-type'), url, { array: route.array, limits });
      requireKnown(fields, name, route);
      const own = turns(signal);
      return answerResponse(await route.run({ fields, state, format, signal, turns: own }), format, own);
    };
    // A place is taken before anything is made of the body.
    return route.isLong === true ? state.inPlace(answer) : answer();
  });
}

/** What follows the base, without a slash at its end; null outside it. */
function nameOf({ pathname }: URL, base: string): string | null {
  const path = pathname.endsWith('/') ? pathname : `${pathname}/`;
  return path.startsWith(base) ? path.slice(base.length, -1) : null;
}

function requireMethod({ method }: Request, expected: readonly string[]): void {
  if (expected.includes(method)) return;
  const allow = expected.join(', ');
  throw new RequestError(405, `this route answers ${allow}, got ${method}`, { allow });
}

function requireKnown(fields: Fields, name: string, { fields: known }: Route): void {
  const unknown = Object.keys(fields).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  throw new RequestError(
    400,
    `${name} has no field ${JSON.stringify(unknown.slice(0, 80))}: it takes ${known.join(', ')}`,
  );
}

/** A log that fails, now or later, must not take the answer with it, nor the process. */
function tell({ onError }: CheckedHandler, error: unknown, request: Request): void {
  new Promise((resolve) => resolve(onError(error, request))).catch(() => undefined);
}

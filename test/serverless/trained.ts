import { createHandler, type Handler, type HandlerOptions } from '../../ts/entries/serverless.js';
import { fit } from '../../ts/training/fit.js';
import type { Model } from '../../ts/training/model.js';
import { gaussianPairs } from '../training/gaussian-pairs.js';

/** Numbers in the rows that {@link trainedModel} takes. */
export const [X_DIMS, EMBEDDING_DIMS] = [7, 3];

/** A small model; its embeddings have the same bits everywhere. */
export async function trainedModel(): Promise<Model> {
  const pairs = gaussianPairs(64, X_DIMS, 1);
  return (await fit({ pairs, encoder: `5-${EMBEDDING_DIMS}`, batch: 8, steps: 10, seed: 1, deterministic: true }))
    .model;
}

/** Posts to a route of a handler: text and objects as JSON, bytes as what `type` says. */
export function poster(handler: Handler) {
  return (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> => {
    const isBytes = body instanceof Uint8Array;
    return handler(
      new Request(`http://function${path}`, {
        method: 'POST',
        body: (isBytes || typeof body === 'string' ? body : JSON.stringify(body)) as BodyInit,
        headers: { 'content-type': isBytes ? 'application/octet-stream' : 'application/json', ...headers },
      }),
    );
  };
}

/** A handler whose answers have the same bits everywhere. */
export function sameBitsHandler(options: HandlerOptions = {}): Handler {
  return createHandler({ deterministic: true, ...options });
}

/** A binary answer. */
export async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

/** The name and message of a refusal, after a look at the status. */
export async function refusal(response: Response): Promise<{ status: number; name: string; message: string }> {
  const { error } = (await response.json()) as { error: { name: string; message: string } };
  return { status: response.status, ...error };
}

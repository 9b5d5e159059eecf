import type { Endpoint } from 'comlink';

/** The first message of a worker: it listens now, or why it never will. */
export type Greeting = { readonly greeting: 'ready' } | { readonly greeting: 'failed'; readonly reason: string };

/** Tells whoever started this worker. */
export function greet(endpoint: Endpoint, greeting: Greeting): void {
  endpoint.postMessage(greeting);
}

/** Whether a message is the first; comlink's and a worker's own follow it. */
export function isGreeting(data: unknown): data is Greeting {
  return typeof data === 'object' && data !== null && 'greeting' in data;
}

import type { Answer, Problem } from '../problem.js';

/**
 * What goes between the bench and an engine's process: one JSON object a line, requests on its stdin, one reply to
 * each on its stdout, typed arrays as {"float32": base64}. The first line, unasked, says what was loaded.
 */
export type Request =
  | { readonly op: 'prepare'; readonly problem: Problem }
  | { readonly op: 'answer' }
  | { readonly op: 'run'; readonly times: number }
  | { readonly op: 'peak' }
  | { readonly op: 'memory' }
  | { readonly op: 'dispose' };

/** The first line of an engine's process: its version, or why there is no such engine here. */
export type Greeting = { readonly version: string } | { readonly absent: string };

/** What an engine's process has needed so far. */
export interface MemoryUse {
  /** The most bytes of memory that the process ever held, its runtime and libraries among them. */
  readonly peakBytes: number;
  /** Of WebAssembly memory now, from an engine that can tell. */
  readonly wasmBytes?: number;
  /** As `Trial.tensors`. */
  readonly tensors?: number;
}

/** An answer and how long it took to compute, copies included: the engine's first run on the problem. */
export interface TimedAnswer {
  readonly answer: Answer;
  readonly ms: number;
  /** As `Trial.answersByOneRun`. */
  readonly isOneRun?: boolean;
}

/** The replies, one form to each request; `error` in place of any. */
export interface Replies {
  readonly prepare: { readonly able: boolean };
  readonly answer: TimedAnswer;
  /** Milliseconds of each run. */
  readonly run: { readonly ms: readonly number[] };
  /** Null from an engine that doesn't know its innermost loop's speed. */
  readonly peak: { readonly gflops: number | null };
  readonly memory: MemoryUse;
  readonly dispose: Readonly<Record<string, never>>;
}

/** A failed request: the engine's own message. */
export interface Failure {
  readonly error: string;
}

/** One line, without its newline. */
export function encode(message: Request | Greeting | Replies[keyof Replies] | Failure): string {
  return JSON.stringify(message, (_key, value) => (value instanceof Float32Array ? { float32: base64(value) } : value));
}

/** The message behind a line; the caller knows from the protocol which one it is. */
export function decode<Message>(line: string): Message {
  return JSON.parse(line, (_key, value) => (typeof value?.float32 === 'string' ? floats(value.float32) : value));
}

function base64(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

function floats(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}

import type { Answer, Problem } from './problem.js';

/** Something that can be timed: this library or a peer. One file each in `engines/`. */
export interface Engine {
  readonly name: string;
  /**
   * Loads what the engine needs, or says why there is no such engine here. Throws a module-not-found error where its
   * package is not installed.
   */
  open(): Promise<Session | { readonly absent: string }>;
}

/** An engine that is loaded. */
export interface Session {
  /** What it is a version of, as the record states it. */
  readonly version: string;
  /** Uploads a problem and builds whatever the engine builds once; null where it has no way to do such a problem. */
  prepare(problem: Problem): Promise<Trial | null>;
  /**
   * Floating-point operations a second, in units of 1e9, of the engine's innermost loop on operands that stay in the
   * L1 cache: what no product of it can pass. Only this library has it.
   */
  peak?(): number;
}

/** One problem in one engine, ready to be run. */
export interface Trial {
  /** The results for the problem as given. Called once, before any `run`. */
  answer(): Promise<Answer>;
  /** Whether the answer is the work of one run, where the problem alone does not tell. */
  readonly answersByOneRun?: boolean;
  /** What is timed: one evaluation, with every result computed by the time it returns (or resolves). */
  run(): void | Promise<void>;
  dispose(): void | Promise<void>;
  /** Bytes of WebAssembly memory that are in use now, where the engine can tell. */
  wasmBytes?(): number;
  /** Tensors of TensorFlow.js that are alive now, where it is that. */
  tensors?(): number;
}

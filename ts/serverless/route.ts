import type { Turns } from './deadline.js';
import type { FunctionState } from './function-state.js';
import type { Format } from './media-types.js';
import type { Fields } from './posted.js';

/** What a route works with. */
export interface Call {
  readonly fields: Fields;
  readonly state: FunctionState;
  /** Of the answer. */
  readonly format: Format;
  /** Ends when the caller goes away or time has run out. */
  readonly signal: AbortSignal;
  /** To be awaited between pieces of work, so that other requests are not held up. */
  readonly turns: Turns;
}

/** An answer in each format that its route offers; only the one that is asked for is written. */
export interface Answer extends Readonly<Partial<Record<Exclude<Format, 'json'>, () => Uint8Array>>> {
  /** The object to write, or, of what is long, its text in UTF-8, written with turns for others in between. */
  json(turns: Turns): object | Promise<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a function does at one path. A new route is one file and one line in `routes.ts`. */
export interface Route {
  /** In a line. */
  readonly about: string;
  /** Every field that it reads. */
  readonly fields: readonly string[];
  /** Which field a body of one array is; null where one is not enough. */
  readonly array: string | null;
  /** Formats of the answer; JSON is always among them. */
  readonly answers: readonly Format[];
  /** Whether it holds a processor so long that `limits.fits` says how many run at a time. */
  readonly isLong?: boolean;
  run(call: Call): Promise<Answer>;
}

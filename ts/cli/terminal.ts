import { EXIT } from './exit-codes.js';

/** The part of a writable stream that decides how to print. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
}

const USUAL_COLUMNS = 80;

/** Whether lines may be redrawn: a terminal that understands escape sequences. */
export function isRedrawable(stream: OutputStream, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Whether text may be coloured (https://no-color.org). */
export function isColourful(stream: OutputStream, env: NodeJS.ProcessEnv = process.env): boolean {
  return isRedrawable(stream, env) && (env.NO_COLOR ?? '') === '';
}

/** Columns to print in: what COLUMNS says, or the terminal; 80 where neither gives a number from 1. */
export function columnsOf(stream: OutputStream, env: NodeJS.ProcessEnv = process.env): number {
  const candidates = [Number(env.COLUMNS), stream.columns ?? 0];
  return candidates.find((columns) => Number.isInteger(columns) && columns > 0) ?? USUAL_COLUMNS;
}

/** Ends the process quietly once nobody reads its output any more, as after `| head -1`. */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(EXIT.ok);
      throw error;
    });
  }
}

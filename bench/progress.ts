import type { WriteStream } from 'node:tty';

/** One line that is overwritten, on a terminal; nothing at all elsewhere. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

const clearLine = '\r\x1b[K';

/** A progress line on `stream`. */
export function progressLine(stream: WriteStream): ProgressLine {
  if (!stream.isTTY) return { show: () => {}, clear: () => {} };
  return {
    show: (text) => stream.write(`${clearLine}${text.slice(0, stream.columns - 1)}`),
    clear: () => stream.write(clearLine),
  };
}

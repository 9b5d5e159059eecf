import { CommanderError } from 'commander';
import { KantorovichError, OptionsError } from '../wasm/errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';

/** How a command that threw ends. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** One line for the user; null where it has been printed already. */
  readonly line: string | null;
}

/** Turns whatever was thrown into one line and an exit code; never a stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage, line: null };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof OptionsError) return { exitCode: EXIT.usage, line: oneLine(message) };
  if (error instanceof KantorovichError) return { exitCode: EXIT.failed, line: oneLine(message) };
  if (isOfTensorFlow(error)) return { exitCode: EXIT.failed, line: `TensorFlow.js: ${oneLine(message)}` };
  return { exitCode: EXIT.failed, line: `this is a fault of kantorovich, please report it: ${oneLine(message)}` };
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ');
}

/** Whether TensorFlow.js threw it, as it does where a user's model does not take what it is given. */
function isOfTensorFlow(error: unknown): boolean {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return frames.find((line) => /^\s+at /.test(line))?.includes('/@tensorflow/') === true;
}

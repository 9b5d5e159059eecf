import { progressBars } from './progress-bars.js';
import { progressLines } from './progress-lines.js';
import { isRedrawable } from './terminal.js';

/** Where a task stands. */
export interface TaskState {
  readonly step: number;
  readonly loss: number;
  /** The bound or dual value that is maximised. */
  readonly value: number;
  readonly examplesPerSecond: number;
}

/** One thing under way, such as the training of a model. */
export interface Task {
  update(state: TaskState): void;
  /** Says what comes after the last step, such as `probing`. */
  phase(text: string): void;
  done(): void;
}

/** Shows what is under way. */
export interface Progress {
  /** Begins to show a task of `steps` steps, from `from` on. */
  task(label: string, steps: number, from?: number): Task;
  /** Prints a line that stays. */
  note(line: string): void;
  /** Ends the display and leaves the terminal in order; may be called twice. */
  stop(): void;
}

/** Bars that are redrawn on a terminal, else plain lines, at most one every few seconds. */
export function createProgress(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Progress {
  return isRedrawable(stream, env) ? progressBars(stream, env) : progressLines(stream);
}

/** Shows nothing. */
export function silentProgress(): Progress {
  const nothing = () => undefined;
  return { task: () => ({ update: nothing, phase: nothing, done: nothing }), note: nothing, stop: nothing };
}

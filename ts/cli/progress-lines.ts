import { formatCount, formatDuration, formatFigure } from './format.js';
import type { Progress, Task, TaskState } from './progress.js';
import type { OutputStream } from './terminal.js';
import { timeLeft } from './time-left.js';

const FIRST_LINE_MS = 1_000;
const LINE_MS = 3_000;

/** Plain lines for logs and pipes: the first soon, then about one every three seconds for all tasks together. */
export function progressLines(stream: OutputStream, now: () => number = performance.now.bind(performance)): Progress {
  let running = 0;
  const print = (line: string) => stream.write(`${line}\n`);
  const task = (label: string, steps: number, from = 0): Task => {
    const left = timeLeft(steps, from, now);
    let due = now() + FIRST_LINE_MS;
    running += 1;
    return {
      update: (state) => {
        const seconds = left(state.step);
        if (now() < due) return;
        due = now() + LINE_MS * running;
        print(`${label}: ${describe(state, steps)}, ${formatDuration(seconds)} left`);
      },
      phase: (text) => print(`${label}: ${text}`),
      done: () => {
        running -= 1;
      },
    };
  };
  return { task, note: print, stop: () => undefined };
}

function describe({ step, loss, value, examplesPerSecond }: TaskState, steps: number): string {
  return [
    `step ${formatCount(step)} of ${formatCount(steps)}`,
    `loss ${formatFigure(loss)}`,
    `value ${formatFigure(value)}`,
    `${formatCount(examplesPerSecond)} examples/s`,
  ].join(', ');
}

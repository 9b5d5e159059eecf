import { MultiBar } from 'cli-progress';
import { formatCount, formatDuration, formatFigure } from './format.js';
import type { Progress, Task, TaskState } from './progress.js';
import { columnsOf } from './terminal.js';
import { timeLeft } from './time-left.js';

/** A sixth of the terminal, within these bounds. */
const BAR_COLUMNS = { least: 6, most: 24 } as const;

/** Bars that a terminal redraws ten times a second, one for each task. */
export function progressBars(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Progress {
  const format = (_options: object, _params: object, { line }: { line: string }) => line;
  const bars = new MultiBar({ stream, format, hideCursor: true, linewrap: null, gracefulExit: false });
  let isStopped = false;
  const task = (label: string, steps: number, from = 0): Task => {
    const left = timeLeft(steps, from, performance.now.bind(performance));
    const fitted = (step: number, figures: readonly string[]) => {
      const columns = columnsOf(stream, env);
      return { line: fitLine([label, barOf(step, steps, columns), ...figures], columns) };
    };
    const bar = bars.create(steps, from, fitted(from, []));
    return {
      update: (state) => bar.update(state.step, fitted(state.step, figuresOf(state, steps, left(state.step)))),
      phase: (text) => bar.update(bar.getTotal(), fitted(steps, [text])),
      done: () => bars.remove(bar),
    };
  };
  return {
    task,
    note: (line) => (isStopped ? stream.write(`${line}\n`) : bars.log(`${line}\n`)),
    stop: () => {
      if (!isStopped) bars.stop();
      isStopped = true;
    },
  };
}

/** The parts joined, as many from the front as fit; the first is cut where it alone is too wide. */
export function fitLine(parts: readonly string[], columns: number): string {
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}  ${part}`;
    if (longer.length >= columns) break;
    line = longer;
  }
  return line === '' ? (parts[0] ?? '').slice(0, Math.max(columns - 1, 0)) : line;
}

function figuresOf(state: TaskState, steps: number, seconds: number): readonly string[] {
  return [
    `${formatCount(state.step)}/${formatCount(steps)}`,
    `${formatDuration(seconds)} left`,
    `loss ${formatFigure(state.loss)}`,
    `value ${formatFigure(state.value)}`,
    `${formatCount(state.examplesPerSecond)} examples/s`,
  ];
}

function barOf(step: number, steps: number, columns: number): string {
  const width = Math.min(Math.max(Math.floor(columns / 6), BAR_COLUMNS.least), BAR_COLUMNS.most);
  const filled = steps > 0 ? Math.round((Math.min(step, steps) / steps) * width) : width;
  return '━'.repeat(filled) + '─'.repeat(width - filled);
}

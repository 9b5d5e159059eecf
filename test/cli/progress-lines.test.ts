import { expect, it } from 'vitest';
import { progressLines } from '../../ts/cli/progress-lines.js';

function recorder() {
  const lines: string[] = [];
  return { lines, stream: { write: (text: string) => lines.push(text) > 0 } };
}

const state = (step: number) => ({ step, loss: 0.5, value: Number.NaN, examplesPerSecond: 6400 });

it('X1: prints about one line every three seconds, without carriage returns or escapes', () => {
  let milliseconds = 0;
  const { lines, stream } = recorder();
  const task = progressLines(stream, () => milliseconds).task('cpc', 600);
  for (let step = 1; step <= 600; step++) {
    milliseconds = step * 100;
    task.update(state(step));
  }
  expect(lines).toHaveLength(20);
  expect(lines[0]).toBe('cpc: step 10 of 600, loss 0.500, value NaN, 6,400 examples/s, 0:59 left\n');
  expect(lines.join('')).toMatch(/^[\n\x20-\x7e]*$/);
});

it('X1: shares the lines among tasks that run at a time', () => {
  let milliseconds = 0;
  const { lines, stream } = recorder();
  const progress = progressLines(stream, () => milliseconds);
  const tasks = ['cpc', 'wpc'].map((label) => progress.task(label, 600));
  for (let step = 1; step <= 600; step++) {
    milliseconds = step * 100;
    for (const task of tasks) task.update(state(step));
  }
  expect(lines).toHaveLength(20);
});

import type { JsonValue } from '../data/json-text.js';
import { formatCount, formatFigure } from './format.js';
import { jsonLine } from './json-lines.js';
import type { Progress, TaskState } from './progress.js';
import type { ResultRow } from './result-row.js';

/** One step of a run, as it is printed and kept. */
export interface StepLine extends TaskState {
  readonly [name: string]: JsonValue | undefined;
}

/** How a run that did not reach its last step ended. */
export interface Unfinished {
  readonly reason: string;
  /** Steps taken. */
  readonly step: number;
  /** The loss of the step that could not be taken, where it was no number. */
  readonly loss?: number;
  /** The command that goes on from here; null where nothing was saved. */
  readonly resume: string | null;
}

/** Tells whoever waits for a run how it goes. */
export interface TrainReporter {
  /** Something worth knowing. */
  note(text: string): void;
  begin(label: string, steps: number, from: number, folder: string): void;
  step(line: StepLine): void;
  phase(text: string): void;
  done(row: ResultRow, folder: string): void;
  unfinished(end: Unfinished): void;
}

/** One JSON object a line; the last one has the field `done`. */
export function jsonReporter(write: (text: string) => void): TrainReporter {
  const nothing = () => undefined;
  return {
    note: (text) => write(jsonLine({ note: text })),
    begin: nothing,
    step: (line) => write(jsonLine(line)),
    phase: nothing,
    done: (row, folder) => write(jsonLine({ done: true, ...row, out: folder })),
    unfinished: ({ reason, step, resume, loss }) => {
      if (loss !== undefined) write(jsonLine({ step: step + 1, loss }));
      write(jsonLine({ done: false, reason, step, resume }));
    },
  };
}

/** Progress for people, and the results in plain words on `write`. */
export function plainReporter(progress: Progress, write: (text: string) => void): TrainReporter {
  let task: ReturnType<Progress['task']> | undefined;
  return {
    note: (text) => progress.note(text),
    begin: (label, steps, from, folder) => {
      const first = from === 0 ? '' : `from step ${formatCount(from + 1)} `;
      progress.note(`${label}: training ${first}to step ${formatCount(steps)}, files in ${folder}`);
      task = progress.task(label, steps, from);
    },
    step: (line) => task?.update(line),
    phase: (text) => task?.phase(text),
    done: (row, folder) => {
      progress.stop();
      write(`${resultLines(row, folder).join('\n')}\n`);
    },
    unfinished: ({ reason, step, resume }) => {
      progress.stop();
      progress.note(step > 0 ? `${reason} (${formatCount(step)} steps done)` : reason);
      if (resume !== null) progress.note(`go on with: ${resume}`);
    },
  };
}

function resultLines(row: ResultRow, folder: string): readonly string[] {
  const {
    objective,
    critic,
    lipschitz,
    value,
    logN,
    mutualInformation,
    wdm,
    lipschitzConstant,
    metric,
    w1LowerBound,
    probe,
  } = row;
  const figures: readonly (readonly [string, number | null, string])[] = [
    ['value on held-out pairs', value, logN === null ? '' : `(log n ${formatFigure(logN)})`],
    ['true mutual information', mutualInformation, 'nats'],
    ['WDM on held-out pairs', wdm, ''],
    ['certified Lipschitz constant', lipschitzConstant, `in the ${metric} metric`],
    ['steepest pair found', row.steepestSlope ?? null, lipschitzConstant === null ? 'in the l2 metric' : ''],
    ['Wasserstein-1 distance at least', w1LowerBound, `(joint to product of ${row.w1Pairs ?? 0} test pairs)`],
  ];
  return [
    `${objective}, ${critic} critic, constraint ${lipschitz}`,
    ...figures.flatMap(([name, figure, unit]) =>
      figure === null ? [] : [`  ${name}: ${formatFigure(figure)} ${unit}`.trimEnd()],
    ),
    ...(probe === null ? [] : [`  probe accuracy on test items: ${(100 * probe).toFixed(1)} %`]),
    `  files in ${folder}`,
  ];
}

import { createTrainer, type TrainerCallbacks, type TrainerJob, type TrainerResult } from 'kantorovich/workers';
import type { Progress } from '../../ts/cli/progress.js';
import { methodOptions } from '../../ts/cli/studies/methods.js';
import { writeFileAtomically } from '../../ts/data/atomic-file.js';
import { loadModel } from '../../ts/training/model.js';
import { type HeldOut, middleDigitScatter, modelFigures } from './evaluate-model.js';
import type { StartOptions } from './options.js';
import { type PlannedModel, SHARED } from './plan.js';
import type { CurvePoint, FeatureResult } from './results.js';
import { DATA, probeSizes, runSettings } from './settings.js';

/** What the models of a run share. */
export interface TrainContext {
  readonly options: StartOptions;
  readonly heldOut: HeldOut;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Told of figures as they come, for JSON lines. */
  report(model: string, figures: { readonly [name: string]: number }): void;
}

/** Points of the curves of values, and of probes. */
const EVALUATIONS = 10;
const PROBES = 4;

/**
 * Trains a model in a worker of its own, writes it to `path`, and judges it. Aborted, it throws an AbortError.
 */
export async function trainModel(planned: PlannedModel, path: string, context: TrainContext): Promise<FeatureResult> {
  const { options, heldOut, progress, signal } = context;
  const trainer = await createTrainer();
  const task = progress.task(planned.label, options.steps);
  const clock = trainingClock();
  try {
    const result = await trainer.train(trainerJob(planned, options), {
      ...following(planned, task, clock, context),
      signal,
    });
    task.phase('measuring on test drawings');
    await writeFileAtomically(path, result.model);
    return judge(planned, result, clock.seconds(), heldOut, options);
  } finally {
    task.done();
    trainer.dispose();
  }
}

function trainerJob(planned: PlannedModel, options: StartOptions): TrainerJob {
  const { steps, seed } = options;
  return {
    data: DATA,
    options: {
      ...methodOptions(planned, SHARED.batch),
      encoder: SHARED.encoder,
      batch: SHARED.batch,
      learningRate: SHARED.learningRate,
      steps,
      seed,
      evaluateEvery: Math.max(1, Math.round(steps / EVALUATIONS)),
    },
    probe: { every: Math.max(1, Math.round(steps / PROBES)), ...probeSizes(options) },
  };
}

/** Shows and reports what the worker tells. */
function following(
  { id }: PlannedModel,
  task: ReturnType<Progress['task']>,
  clock: TrainingClock,
  { report }: TrainContext,
): TrainerCallbacks {
  return {
    onStep: ({ step, loss, value, examplesPerSecond, heldOut }) => {
      clock.stepped();
      task.update({ step, loss, value, examplesPerSecond });
      if (heldOut !== null) report(id, { step, loss, value, heldOutValue: heldOut.value, heldOutWdm: heldOut.wdm });
    },
    onProbe: ({ step, accuracy }) => {
      clock.paused();
      report(id, { step, probe: accuracy });
    },
  };
}

/** Seconds of training: those between steps, without the probes. */
interface TrainingClock {
  stepped(): void;
  paused(): void;
  seconds(): number;
}

function trainingClock(): TrainingClock {
  let last = performance.now();
  let total = 0;
  return {
    stepped: () => {
      total += performance.now() - last;
      last = performance.now();
    },
    paused: () => {
      last = performance.now();
    },
    seconds: () => total / 1000,
  };
}

function judge(
  { id, label, objective, critic, lipschitz }: PlannedModel,
  { model: bytes, history, probes }: TrainerResult,
  seconds: number,
  heldOut: HeldOut,
  options: StartOptions,
): FeatureResult {
  const model = loadModel(bytes);
  try {
    const last = probes[probes.length - 1];
    const { mutualInformation } = runSettings(options);
    const figures = modelFigures(model, heldOut);
    const names = { objective, critic, lipschitz: lipschitz.name };
    return {
      id,
      label,
      row: { ...names, ...figures, mutualInformation, probe: last.accuracy, seconds },
      curve: curveOf(history, probes),
      probeByCell: last.perFactor,
      scatter: middleDigitScatter(model.embedX, heldOut),
    };
  } finally {
    model.dispose();
  }
}

function curveOf(history: TrainerResult['history'], probes: TrainerResult['probes']): readonly CurvePoint[] {
  const probed = new Map(probes.map(({ step, accuracy }) => [step, accuracy]));
  return history.flatMap(({ step, heldOut }) => {
    const probe = probed.get(step) ?? null;
    return heldOut === null && probe === null ? [] : [{ step, value: heldOut?.value ?? null, probe }];
  });
}

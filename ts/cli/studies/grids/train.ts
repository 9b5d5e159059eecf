import { parsePairSpec } from '../../../data/parse-pair-spec.js';
import type { HistoryEntry } from '../../../training/history.js';
import { DataError, OptionsError, ShapeError } from '../../../wasm/errors.js';
import type { TrainerJob, TrainerResult } from '../../../workers/job.js';
import { createTrainer } from '../../../workers/trainer.js';
import { METHODS, type Method, methodOptions } from '../methods.js';
import type { RunContext } from '../run-tasks.js';
import type { GridsKey } from './plan.js';

/** What a run gave. */
export type GridsResult = {
  /** Probe accuracy on test drawings, and on the validation drawings that chose its strength, mean over cells. */
  readonly curve: readonly { readonly step: number; readonly test: number; readonly validation: number }[];
  /** Test accuracy of each cell at the end. */
  readonly perCell: readonly number[];
  /** The objective and WDM on validation pairs at the end, in batches of n. */
  readonly value: number | null;
  readonly wdm: number | null;
  /** Certified, of f over (x, y) in the sum metric; null where there is none. */
  readonly lipschitzConstant: number | null;
  /** Of training alone, at the speed of the run's quickest tenth: what else the machine did slows it least. */
  readonly secondsPerStep: number | null;
  /** Why it could not be trained; null where it was. */
  readonly failure: string | null;
};

/**
 * Trains and probes as a key says, in a worker.
 *
 * @throws {AbortError} once the signal aborts
 */
export async function trainGrid(key: GridsKey, dataDir: string | undefined, context: RunContext): Promise<GridsResult> {
  const { label, progress, signal } = context;
  signal.throwIfAborted();
  const trainer = await createTrainer();
  const task = progress.task(label, key.steps);
  try {
    const result = await trainer.train(jobOf(key, dataDir), { signal, onStep: (entry) => task.update(entry) });
    return resultOf(result, key.batch);
  } catch (error) {
    // A method that cannot be trained so is a finding; a file that is missing is not.
    if (error instanceof OptionsError || error instanceof ShapeError) return failed(error);
    if (error instanceof DataError && error.message.startsWith('step ')) return failed(error);
    throw error;
  } finally {
    task.done();
    trainer.dispose();
  }
}

function jobOf(key: GridsKey, dataDir: string | undefined): TrainerJob {
  const { batch, steps, seed, encoder, learningRate, pairs, probes, probeItems } = key;
  const half = Math.ceil(probeItems / 2);
  const data = parsePairSpec(key.data, dataDir === undefined ? {} : { dataDir });
  return {
    data: pairs === null ? data : { ...data, trainingPairs: pairs, trainingSeed: seed },
    options: {
      ...methodOptions(methodOf(key), batch),
      encoder,
      batch,
      steps,
      seed,
      learningRate,
      evaluateEvery: steps,
      heldOutPairs: 2048,
    },
    probe: {
      data,
      every: Math.max(1, Math.floor(steps / probes)),
      training: probeItems,
      validation: half,
      test: half,
    },
  };
}

/** The method with the settings of a key. */
function methodOf({ method: id, temperature, coefficient }: GridsKey): Method {
  const method = METHODS.find((each) => each.id === id);
  if (method === undefined) throw new OptionsError(`no method is called ${id}`);
  const { lipschitz } = method;
  const constraint =
    lipschitz.name === 'gradient-penalty' && coefficient !== null ? { ...lipschitz, coefficient } : lipschitz;
  return { ...method, temperature, lipschitz: constraint };
}

function resultOf({ history, probes }: TrainerResult, batch: number): GridsResult {
  const { value = null, wdm = null, lipschitzConstant = null } = history.at(-1)?.heldOut ?? {};
  return {
    curve: probes.map(({ step, accuracy, validation }) => ({ step, test: accuracy, validation })),
    perCell: probes.at(-1)?.perFactor ?? [],
    value,
    wdm,
    lipschitzConstant,
    secondsPerStep: batch / topSpeed(history),
    failure: null,
  };
}

/** The examples a second that nine tenths of the steps stayed below. */
function topSpeed(history: readonly HistoryEntry[]): number {
  const speeds = history.map(({ examplesPerSecond }) => examplesPerSecond).sort((a, b) => a - b);
  return speeds[Math.floor(0.9 * (speeds.length - 1))];
}

function failed({ message }: Error): GridsResult {
  return {
    curve: [],
    perCell: [],
    value: null,
    wdm: null,
    lipschitzConstant: null,
    secondsPerStep: null,
    failure: message,
  };
}

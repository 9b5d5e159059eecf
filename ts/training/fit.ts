import type { Batch } from '../data/pair-source.js';
import { OptionsError } from '../wasm/errors.js';
import type { CoreCertificate } from '../wasm/trainer.js';
import { type BatchReader, batchReader } from './batch-reader.js';
import { beginRun, type EngineMaker, type Run, type RunPlan } from './begin-run.js';
import { breather } from './breather.js';
import { writeCheckpoint } from './checkpoint.js';
import { observe } from './early-stopping.js';
import { encoderInput } from './encoder-input.js';
import { localEngine } from './engine.js';
import { type FitOptions, trainerSpec } from './fit-options.js';
import type { HeldOutPairs } from './held-out.js';
import { type HeldOutEntry, type HistoryEntry, speedometer } from './history.js';
import { createModel, type Model } from './model.js';
import { writeModelFile } from './model-file.js';
import type { Requests, RunView } from './requests.js';
import { coreTrainers, type OpenTrainer } from './trainer-factory.js';
import { untilAborted } from './until-aborted.js';
import { boundSample, sampleWdm, scoreRounding, w1LowerBound } from './w1-bound.js';

/** What a run ends with. */
export interface FitResult {
  /** With early stopping the best one on held-out pairs, else the last. */
  readonly model: Model;
  /** An entry a step of this call. */
  readonly history: readonly HistoryEntry[];
  /** Steps taken since the run began, those before a resumption among them. */
  readonly steps: number;
  /** Why it ended: all steps taken, the signal, no improvement, or a source of pairs that ran out. */
  readonly stopped: 'steps' | 'aborted' | 'early' | 'exhausted';
}

/**
 * Trains encoders and a critic on pairs.
 *
 * @throws {OptionsError} on unknown names and values out of range
 * @throws {ShapeError} on encoders or batches of another size
 * @throws {DataError} on NaN in the data, or where a step's value or gradient is not finite (no checkpoint is written then)
 * @throws {CheckpointError} on a checkpoint that is damaged or of another run
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  if (Object.hasOwn(Object(options), 'workers')) {
    throw new OptionsError("workers is an option of the fit of 'kantorovich/workers': import it from there");
  }
  return runFit(options);
}

/** What a run is given beside its options. */
export interface RunSetting {
  /** Default the run's own trainer, in this thread. */
  readonly makeEngine?: EngineMaker;
  /** What is asked of it from outside; closed when it ends. */
  readonly requests?: Requests;
}

/** {@link fit}, with steps taken by any engine. */
export async function runFit(options: FitOptions, setting: RunSetting = {}): Promise<FitResult> {
  return trainPlanned(() => ({ options, spec: trainerSpec(options), trainers: coreTrainers }), setting);
}

/** A run with any encoders; the plan is made within, so that whatever it refuses ends what waits for the run. */
export async function trainPlanned(makePlan: () => RunPlan, setting: RunSetting = {}): Promise<FitResult> {
  const { makeEngine = (_, trainer) => localEngine(trainer), requests } = setting;
  try {
    const plan = makePlan();
    const run = await beginRun(plan, makeEngine);
    try {
      const stopped = await loop(run, requests);
      return await finish(run, stopped, plan.trainers.open, requests);
    } finally {
      run.engine.dispose();
      run.trainer.dispose();
    }
  } finally {
    requests?.close();
  }
}

async function finish(
  run: Run,
  stopped: FitResult['stopped'],
  open: OpenTrainer,
  requests: Requests | undefined,
): Promise<FitResult> {
  const { options, spec, trainer, standardiser, history, step } = run;
  await serve(run, requests);
  await save(run);
  await run.engine.sync();
  const best = options.earlyStopping === undefined ? null : run.best;
  const parameters = best ?? trainer.tensors('export');
  const model = createModel(spec, parameters, standardiser, options, open);
  return { model, history, steps: step, stopped };
}

async function loop(run: Run, requests: Requests | undefined): Promise<FitResult['stopped']> {
  const { options, spec, source } = run;
  if (run.step >= spec.steps) return 'steps';
  if (outOfPatience(run)) return 'early';
  if (options.signal?.aborted) return 'aborted';
  const from = run.step > 0 ? { from: run.cursor } : {};
  const batches = batchReader(source.batches({ batch: spec.batch, seed: spec.seed, ...from }));
  const breathe = breather();
  const speed = speedometer(spec.batch);
  try {
    for (let batch = await nextBatch(run, batches); batch !== null; batch = await nextBatch(run, batches)) {
      if (batch === 'aborted') return batch;
      const { cursor } = batch;
      const stepping = run.engine.step(batch.x, batch.y);
      if (stepping instanceof Promise && run.step + 1 < spec.steps) batches.ahead(run.engine.prepare);
      const report = await stepping;
      run.step = report.step;
      run.cursor = cursor;
      const entry = { ...report, examplesPerSecond: speed(), heldOut: await evaluateWhenDue(run) };
      run.history.push(entry);
      options.onStep?.(entry);
      const stopped = await afterStep(run, breathe, requests);
      if (stopped !== null) return stopped;
    }
    return 'exhausted';
  } finally {
    await batches.close();
  }
}

/** The next batch; null after the last, 'aborted' where the signal aborts while it is waited for. */
function nextBatch({ engine, options }: Run, batches: BatchReader): Promise<Batch | null | 'aborted'> {
  const batch = batches.next();
  return untilAborted(options.signal, engine.within?.(batch) ?? batch);
}

/** What is due between two steps; why the run ends here, or null where it goes on. */
async function afterStep(
  run: Run,
  breathe: () => Promise<void>,
  requests: Requests | undefined,
): Promise<FitResult['stopped'] | null> {
  const { options, spec } = run;
  const { signal, checkpoint } = options;
  await snapshot(run);
  if (outOfPatience(run)) return 'early';
  if (run.step >= spec.steps) return 'steps';
  if (checkpoint !== undefined && run.step % checkpoint.every === 0) await save(run);
  await breathe();
  await serve(run, requests);
  return signal?.aborted ? 'aborted' : null;
}

async function serve(run: Run, requests: Requests | undefined): Promise<void> {
  if (!requests?.pending()) return;
  await run.engine.sync();
  requests.serve(viewOf(run));
}

function viewOf(run: Run): RunView {
  const { spec, trainer, standardiser } = run;
  return {
    embed: (side, rows) => trainer.embed(side, encoderInput(rows, side, standardiser)),
    checkpoint: () => writeCheckpoint(spec, trainer, standardiser, run),
  };
}

async function evaluateWhenDue(run: Run): Promise<HeldOutEntry | null> {
  const { heldOut, trainer, evaluateEvery, spec, options } = run;
  if (heldOut === null || (run.step % evaluateEvery !== 0 && run.step !== spec.steps)) return null;
  await run.engine.sync();
  const { value, wdm, wdmAll } = trainer.evaluate(heldOut.x, heldOut.y);
  if (options.earlyStopping !== undefined) {
    run.patience = observe(run.patience, value, run.step);
    if (run.patience.since === 0) run.best = trainer.tensors('export');
  }
  const certificate = trainer.certificate();
  const bound = certificate.constant === null ? null : heldOutBound(run, heldOut, certificate);
  return { value, wdm, wdmAll, lipschitzConstant: certificate.constant, w1LowerBound: bound };
}

/** Pairs that the joint critic's bound is of: every one of their squares goes through its network. */
const JOINT_PAIRS = 64;

/** What the critic certifies of the held-out sample. */
function heldOutBound({ spec, trainer, options }: Run, heldOut: HeldOutPairs, certificate: CoreCertificate) {
  const { x, y } = boundSample(spec, heldOut, JOINT_PAIRS);
  const embeddings = { g: trainer.embed('x', x), h: trainer.embed('y', y) };
  const wdm = sampleWdm(spec, trainer.tensors('export'), embeddings, options);
  return w1LowerBound(wdm, scoreRounding(trainer.lipschitzParts().critic, embeddings), certificate);
}

function outOfPatience({ options: { earlyStopping }, patience }: Run): boolean {
  return earlyStopping !== undefined && patience.since >= earlyStopping.patience;
}

async function snapshot({ options, spec, trainer, engine, standardiser, step }: Run): Promise<void> {
  const { snapshot } = options;
  if (snapshot === undefined || step % snapshot.every !== 0) return;
  await engine.sync();
  const tensors = trainer.tensors('export');
  snapshot.take(step, writeModelFile({ kind: 'model', spec, tensors, standardiser, extra: {} }));
}

async function save(run: Run): Promise<void> {
  const { options, spec, trainer, engine, standardiser } = run;
  if (options.checkpoint === undefined) return;
  await engine.sync();
  await options.checkpoint.save(writeCheckpoint(spec, trainer, standardiser, run));
}

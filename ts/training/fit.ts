import { type BatchCursor, type PairSource, START } from '../data/pair-source.js';
import { fitStandardiser, type PairStandardiser, standardisedPairs } from '../data/standardise.js';
import { CheckpointError, OptionsError, ShapeError } from '../wasm/errors.js';
import { type CoreCertificate, type CoreTrainer, createTrainer } from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';
import { breather } from './breather.js';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { checkPatience, observe, PATIENT, type Patience } from './early-stopping.js';
import { type FitOptions, trainerSpec, wassersteinWarning } from './fit-options.js';
import { drawPairs, type HeldOutPairs } from './held-out.js';
import { type HeldOutEntry, type HistoryEntry, speedometer } from './history.js';
import { createModel, type Model } from './model.js';
import { writeModelFile } from './model-file.js';
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

/** A run under way. */
interface Run {
  readonly options: FitOptions;
  readonly spec: TrainerSpec;
  readonly trainer: CoreTrainer;
  readonly standardiser: PairStandardiser | null;
  readonly source: PairSource;
  readonly heldOut: HeldOutPairs | null;
  readonly evaluateEvery: number;
  readonly history: HistoryEntry[];
  step: number;
  cursor: BatchCursor;
  patience: Patience;
  best: readonly NamedTensor[] | null;
}

/** Another stream than that of training pairs. */
const HELD_OUT_SEED = 0x5eed;
const STANDARDISE_PAIRS = 1024;
const HELD_OUT_PAIRS = 1024;

/**
 * Trains encoders and a critic on pairs.
 *
 * @throws {OptionsError} on unknown names and values out of range
 * @throws {ShapeError} on encoders or batches of another size
 * @throws {DataError} on NaN in the data, or where a step's value or gradient is not finite (no checkpoint is written then)
 * @throws {CheckpointError} on a checkpoint that is damaged or of another run
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  const run = await begin(options);
  try {
    const stopped = await loop(run);
    await save(run);
    const best = options.earlyStopping === undefined ? null : run.best;
    const parameters = best ?? run.trainer.tensors('export');
    const model = createModel(run.spec, parameters, run.standardiser, options);
    return { model, history: run.history, steps: run.step, stopped };
  } finally {
    run.trainer.dispose();
  }
}

async function begin(options: FitOptions): Promise<Run> {
  const spec = trainerSpec(options);
  const { evaluateEvery, heldOut, pairs, onWarning } = options;
  checkIntervals(options);
  const warning = wassersteinWarning(spec);
  if (warning !== null) onWarning?.(warning);
  const resumed = options.resume === undefined ? null : readCheckpoint(options.resume);
  if (resumed !== null) checkSameRun(resumed, spec, options);
  const standardiser = resumed ? resumed.standardiser : options.standardise ? await standardiserOf(pairs, spec) : null;
  const prepare = (source: PairSource) => (standardiser ? standardisedPairs(source, standardiser) : source);
  const held = heldOut ? await drawPairs(prepare(heldOut), heldOutCount(options, spec), HELD_OUT_SEED) : null;
  const trainer = restoredTrainer(spec, options, resumed);
  return {
    options,
    spec,
    trainer,
    standardiser,
    source: prepare(pairs),
    heldOut: held,
    evaluateEvery: heldOut ? (evaluateEvery ?? Math.max(1, Math.round(spec.steps / 10))) : 0,
    history: [],
    step: resumed?.counters.step ?? 0,
    cursor: resumed?.cursor ?? START,
    patience: resumed?.patience ?? PATIENT,
    best: resumed?.best ?? null,
  };
}

function checkIntervals(options: FitOptions): void {
  const { earlyStopping, evaluateEvery, heldOut, heldOutPairs, checkpoint, snapshot } = options;
  if (heldOutPairs !== undefined && !(Number.isSafeInteger(heldOutPairs) && heldOutPairs >= 1)) {
    throw new OptionsError(`heldOutPairs must be a whole number from 1, got ${heldOutPairs}`);
  }
  if (earlyStopping !== undefined) checkPatience(earlyStopping.patience);
  for (const [name, value] of Object.entries({
    evaluateEvery,
    'checkpoint.every': checkpoint?.every,
    'snapshot.every': snapshot?.every,
  })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      throw new OptionsError(`${name} must be a whole number of steps from 1, got ${value}`);
    }
  }
  if (heldOut === undefined && (earlyStopping ?? evaluateEvery) !== undefined) {
    throw new OptionsError('evaluation on held-out pairs needs `heldOut`, a source of pairs');
  }
}

function restoredTrainer(spec: TrainerSpec, options: FitOptions, resumed: Checkpoint | null): CoreTrainer {
  const trainer = createTrainer(spec, options);
  try {
    if (resumed !== null) trainer.restore(resumed.tensors, resumed.counters);
    return trainer;
  } catch (error) {
    trainer.dispose();
    throw error;
  }
}

/** A run may be made longer; everything else must be as it was. */
function checkSameRun(checkpoint: Checkpoint, given: TrainerSpec, { standardise = false }: FitOptions): void {
  if (standardise !== (checkpoint.standardiser !== null)) {
    const was = standardise ? 'raw' : 'standardised';
    throw new CheckpointError(`the checkpoint is of a run on ${was} inputs: standardise must be ${!standardise}`);
  }
  const before = new Map<string, unknown>(Object.entries(checkpoint.spec));
  for (const [key, value] of Object.entries(given)) {
    const [was, is] = [JSON.stringify(before.get(key)), JSON.stringify(value)];
    if (key !== 'steps' && was !== is) {
      throw new CheckpointError(`the checkpoint is of a run with ${key} ${was}, this one has ${is}`);
    }
  }
}

function heldOutCount({ heldOutPairs = HELD_OUT_PAIRS }: FitOptions, { batch }: TrainerSpec): number {
  return Math.max(batch, Math.floor(heldOutPairs / batch) * batch);
}

async function standardiserOf(pairs: PairSource, { seed }: TrainerSpec): Promise<PairStandardiser> {
  const { x, y } = await drawPairs(pairs, STANDARDISE_PAIRS, seed);
  return { x: fitStandardiser(x), y: fitStandardiser(y) };
}

async function loop(run: Run): Promise<FitResult['stopped']> {
  const { options, spec, source } = run;
  const { signal, checkpoint } = options;
  if (run.step >= spec.steps) return 'steps';
  if (outOfPatience(run)) return 'early';
  if (signal?.aborted) return 'aborted';
  const from = run.step > 0 ? { from: run.cursor } : {};
  const breathe = breather();
  const speed = speedometer(spec.batch);
  for await (const batch of source.batches({ batch: spec.batch, seed: spec.seed, ...from })) {
    fill(run, batch.x, batch.y);
    const report = run.trainer.step();
    run.step = report.step;
    run.cursor = batch.cursor;
    const entry = { ...report, examplesPerSecond: speed(), heldOut: evaluateWhenDue(run) };
    run.history.push(entry);
    options.onStep?.(entry);
    snapshot(run);
    if (outOfPatience(run)) return 'early';
    if (run.step >= spec.steps) return 'steps';
    if (checkpoint !== undefined && run.step % checkpoint.every === 0) await save(run);
    await breathe();
    if (signal?.aborted) return 'aborted';
  }
  return 'exhausted';
}

function fill({ trainer }: Run, x: Float32Array, y: Float32Array): void {
  const inputs = [trainer.x(), trainer.y()] as const;
  if (x.length !== inputs[0].length || y.length !== inputs[1].length) {
    throw new ShapeError(
      `a batch holds ${x.length} numbers of x and ${y.length} of y, expected ${inputs[0].length} and ${inputs[1].length}`,
    );
  }
  inputs[0].set(x);
  inputs[1].set(y);
}

function evaluateWhenDue(run: Run): HeldOutEntry | null {
  const { heldOut, trainer, evaluateEvery, spec, options } = run;
  if (heldOut === null || (run.step % evaluateEvery !== 0 && run.step !== spec.steps)) return null;
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

function snapshot({ options, spec, trainer, standardiser, step }: Run): void {
  const { snapshot } = options;
  if (snapshot === undefined || step % snapshot.every !== 0) return;
  const tensors = trainer.tensors('export');
  snapshot.take(step, writeModelFile({ kind: 'model', spec, tensors, standardiser, extra: {} }));
}

async function save(run: Run): Promise<void> {
  const { options, spec, trainer, standardiser } = run;
  await options.checkpoint?.save(writeCheckpoint(spec, trainer, standardiser, run));
}

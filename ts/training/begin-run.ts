import { type BatchCursor, type PairSource, START } from '../data/pair-source.js';
import { fitStandardiser, type PairStandardiser, standardisedPairs } from '../data/standardise.js';
import { CheckpointError, OptionsError } from '../wasm/errors.js';
import { shownKind } from '../wasm/shown.js';
import type { Trainer } from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';
import { type Checkpoint, readCheckpoint } from './checkpoint.js';
import { checkPatience, PATIENT, type Patience } from './early-stopping.js';
import type { Engine } from './engine.js';
import { firstDifference } from './first-difference.js';
import { type RunOptions, wassersteinWarning } from './fit-options.js';
import { drawPairs, type HeldOutPairs } from './held-out.js';
import type { HistoryEntry } from './history.js';
import type { TrainerFactory } from './trainer-factory.js';

/** A run under way. */
export interface Run {
  readonly options: RunOptions;
  readonly spec: TrainerSpec;
  /** What is evaluated, saved and embedded with; as of the last step once the engine is synced. */
  readonly trainer: Trainer;
  readonly engine: Engine;
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

/** How a run's engine is made; `state` is what the trainer was restored from, null for a new run. */
export type EngineMaker = (
  spec: TrainerSpec,
  trainer: Trainer,
  state: Pick<Checkpoint, 'tensors' | 'counters'> | null,
) => Engine | Promise<Engine>;

/** What fixes a run: options that are checked, its description, and what makes its trainers. */
export interface RunPlan {
  readonly options: RunOptions;
  readonly spec: TrainerSpec;
  readonly trainers: TrainerFactory;
}

/** Checks what is left of the options, and makes all that a run needs. */
export async function beginRun({ options, spec, trainers }: RunPlan, makeEngine: EngineMaker): Promise<Run> {
  const { evaluateEvery, heldOut, pairs, onWarning } = options;
  checkIntervals(options);
  const warning = wassersteinWarning(spec);
  if (warning !== null) onWarning?.(warning);
  const resumed = options.resume === undefined ? null : readCheckpoint(options.resume);
  if (resumed !== null) checkSameRun(resumed, spec, options);
  const standardiser = resumed ? resumed.standardiser : options.standardise ? await standardiserOf(pairs, spec) : null;
  const prepare = (source: PairSource) => (standardiser ? standardisedPairs(source, standardiser) : source);
  const held = heldOut ? await drawPairs(prepare(heldOut), heldOutCount(options, spec), HELD_OUT_SEED) : null;
  const trainer = restoredTrainer(trainers.create(spec, options), resumed);
  const engine = await engineOf(trainer, () => makeEngine(spec, trainer, resumed));
  return {
    options,
    spec,
    trainer,
    engine,
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

function checkIntervals(options: RunOptions): void {
  const { earlyStopping, evaluateEvery, heldOut, heldOutPairs, checkpoint, snapshot } = options;
  if (heldOutPairs !== undefined && !(Number.isSafeInteger(heldOutPairs) && heldOutPairs >= 1)) {
    throw new OptionsError(`heldOutPairs must be a whole number from 1, got ${heldOutPairs}`);
  }
  if (earlyStopping !== undefined) checkPatience(earlyStopping.patience);
  checkTaker(checkpoint, 'checkpoint', 'save');
  checkTaker(snapshot, 'snapshot', 'take');
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

/** Refuses what does not say how often, or has no function that takes the bytes, such as a path. */
function checkTaker<Name extends string>(
  given: Readonly<Record<'every' | Name, unknown>> | undefined,
  what: string,
  name: Name,
): void {
  if (given === undefined) return;
  const isWhole = typeof given === 'object' && given !== null && given.every !== undefined;
  if (isWhole && typeof given[name] === 'function') return;
  throw new OptionsError(`${what} must be { every: steps, ${name}: a function of the bytes }, got ${shownKind(given)}`);
}

function restoredTrainer(trainer: Trainer, resumed: Checkpoint | null): Trainer {
  try {
    if (resumed !== null) trainer.restore(resumed.tensors, resumed.counters);
    return trainer;
  } catch (error) {
    trainer.dispose();
    throw error;
  }
}

async function engineOf(trainer: Trainer, make: () => Engine | Promise<Engine>): Promise<Engine> {
  try {
    return await make();
  } catch (error) {
    trainer.dispose();
    throw error;
  }
}

/** A run may be made longer; everything else must be as it was. */
function checkSameRun(checkpoint: Checkpoint, given: TrainerSpec, { standardise = false }: RunOptions): void {
  if (standardise !== (checkpoint.standardiser !== null)) {
    const was = standardise ? 'raw' : 'standardised';
    throw new CheckpointError(`the checkpoint is of a run on ${was} inputs: standardise must be ${!standardise}`);
  }
  checkSameEncoders(checkpoint.spec, given);
  const before = new Map<string, unknown>(Object.entries(checkpoint.spec));
  for (const [key, value] of Object.entries(given)) {
    const [was, is] = [JSON.stringify(before.get(key)), JSON.stringify(value)];
    if (key !== 'steps' && was !== is) {
      throw new CheckpointError(`the checkpoint is of a run with ${key} ${was}, this one has ${is}`);
    }
  }
}

/** Topologies are long: what differs in them is named. */
function checkSameEncoders({ tfjs: before }: TrainerSpec, { tfjs: given }: TrainerSpec): void {
  if ((before === undefined) !== (given === undefined)) {
    const [was, how] = before === undefined ? ['the core', "'kantorovich'"] : ['TensorFlow.js', "'kantorovich/tfjs'"];
    throw new CheckpointError(`the checkpoint is of a run with encoders of ${was}: go on with fit of ${how}`);
  }
  const found = firstDifference(before, given);
  if (found === null) return;
  const [was, is] = [JSON.stringify(found.before), JSON.stringify(found.after)];
  throw new CheckpointError(`the checkpoint's encoders have ${found.path} ${was}, those given have ${is}`);
}

function heldOutCount({ heldOutPairs = HELD_OUT_PAIRS }: RunOptions, { batch }: TrainerSpec): number {
  return Math.max(batch, Math.floor(heldOutPairs / batch) * batch);
}

async function standardiserOf(pairs: PairSource, { seed }: TrainerSpec): Promise<PairStandardiser> {
  const { x, y } = await drawPairs(pairs, STANDARDISE_PAIRS, seed);
  return { x: fitStandardiser(x), y: fitStandardiser(y) };
}

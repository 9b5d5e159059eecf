import { guard, handle, succeed } from './call.js';
import { acquireCore, type CoreOptions } from './core.js';
import { DataError, ShapeError } from './errors.js';
import type { Matrix } from './matrix.js';
import { floats, readText, withScratch, words } from './memory.js';
import { type Disposable, type Resource, resource } from './resource.js';
import { type TrainerSpec, trainerText } from './trainer-spec.js';
import { type Counters, type NamedTensor, readTensors, restoreTensors, type TensorKind } from './trainer-tensors.js';

/** One half of a pair: x are the queries, y the candidates. */
export type Side = 'x' | 'y';

/** What a step did; all but the learning rate were measured at the weights of before the step. */
export interface StepReport {
  /** The step's number, counted from 1. */
  readonly step: number;
  /** The objective on the batch. */
  readonly value: number;
  /** The gradient penalty, its coefficient included; 0 without one. */
  readonly penalty: number;
  /** `-value + penalty`, which was descended; `-surrogate + penalty` for objectives that report another number than they climb. */
  readonly loss: number;
  /** The global norm of the loss's gradient, before it was clipped. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** What scores were divided by. */
  readonly temperature: number;
}

/** Values on held-out pairs: means over whole batches, of the copy with the constraint applied. */
export interface Evaluation {
  /** The objective that is trained. */
  readonly value: number;
  /** WDM over mismatched pairs, the unbiased form. */
  readonly wdm: number;
  /** WDM over all pairs, the form that bounds W1 of a sample. */
  readonly wdmAll: number;
  /** The batches that were whole; further rows were left out. */
  readonly batches: number;
}

/** A distance between pairs: |dx| + |dy|, or the Euclidean one. */
export type Metric = 'sum' | 'l2';

/** The critic's Lipschitz constant over a metric on pairs of inputs, or why it has none. */
export type CoreCertificate =
  | { readonly constant: number; readonly metric: Metric }
  | { readonly constant: null; readonly metric: Metric; readonly reason: string };

/** Lipschitz constants of encoders and critic, from above. */
export interface LipschitzParts {
  /** Of the encoders of x and of y, in the l2 metric: the products of their layers' norms. */
  readonly encoders: Readonly<Record<Side, number>>;
  /** How fast the critic's score moves with the embedding of x alone and of y alone; null where nothing bounds it. */
  readonly critic: Readonly<Record<Side, number>> | null;
}

/**
 * Encoders, a critic and an optimiser that climb an objective, a batch a step. What is evaluated, embedded, certified or
 * exported is a copy with the constraint applied.
 */
export interface Trainer extends Disposable {
  readonly batch: number;
  readonly xDim: number;
  readonly yDim: number;
  readonly xEmbeddingDim: number;
  readonly yEmbeddingDim: number;
  /** batch x xDim, row-major, to write into; valid until the next call. `evaluate` and `embed` overwrite it. */
  x(): Float32Array;
  /** batch x yDim, row-major, to write into; valid until the next call. `evaluate` and `embed` overwrite it. */
  y(): Float32Array;
  /**
   * Takes a step on the batch.
   *
   * @throws {DataError} where the value or the gradient is not finite, naming the step; nothing has then changed
   */
  step(): StepReport;
  /**
   * Values on held-out pairs, in batches of the trainer's own size.
   *
   * @throws {ShapeError} on other widths or different numbers of rows
   * @throws {DataError} on fewer rows than a batch
   */
  evaluate(x: Matrix, y: Matrix): Evaluation;
  /**
   * The embeddings of any number of rows; a row's does not depend on the others.
   *
   * @throws {ShapeError} on another width
   */
  embed(side: Side, rows: Matrix): Matrix;
  /** f's Lipschitz constant, of all inputs or of those within radii; `sum` unless told. */
  certificate(metric?: Metric, within?: Readonly<Record<Side, number>>): CoreCertificate;
  /** The Lipschitz constants of f's parts, as {@link Trainer.certificate}. */
  lipschitzParts(within?: Readonly<Record<Side, number>>): LipschitzParts;
  /** Copies of all that training goes on from, raw, or of the parameters with the constraint applied. */
  tensors(kind: TensorKind): readonly NamedTensor[];
  /** The step count and the generator's state, to keep beside the tensors of the state. */
  counters(): Counters;
  /**
   * Takes up the state's tensors with their counters, and goes on from there bit for bit; or, without counters, a
   * model's parameters as exported.
   *
   * @throws {CheckpointError} on tensors of another model; nothing has then changed
   * @throws {DataError} on numbers that are not finite; nothing has then changed
   */
  restore(tensors: readonly NamedTensor[], counters: Counters | null): void;
}

const SIDES: readonly Side[] = ['x', 'y'];
/** No bound on inputs, as the core takes it. */
const EVERYWHERE = { x: Number.NaN, y: Number.NaN };
const METRICS: readonly Metric[] = ['sum', 'l2'];

/**
 * Creates a trainer that lives in the module, whose steps allocate nothing; throws what the core refuses: ShapeError,
 * DataError or OptionsError.
 */
export function createTrainer(spec: TrainerSpec, options: CoreOptions = {}): Trainer {
  return openTrainer(spec, options).trainer;
}

/**
 * A trainer with the parameters of a model, as they were exported; none are drawn before, which saves most of the time.
 *
 * @throws {CheckpointError} on tensors of another model
 * @throws {DataError} on numbers that are not finite
 */
export function trainerOf(spec: TrainerSpec, parameters: readonly NamedTensor[], options: CoreOptions = {}): Trainer {
  const { trainer } = openTrainer(spec, options, false);
  try {
    trainer.restore(parameters, null);
    return trainer;
  } catch (error) {
    trainer.dispose();
    throw error;
  }
}

/** A trainer with its handle, for other calls on it; unless its parameters are drawn it waits for them. */
export function openTrainer(
  spec: TrainerSpec,
  options: CoreOptions,
  isDrawn = true,
): { readonly held: Resource; readonly trainer: Trainer } {
  const core = acquireCore(options);
  const { exports } = core;
  const pointer = withScratch(core, ({ put }) => {
    const text = trainerText(spec, isDrawn);
    const at = put(text);
    return handle(core, () => exports.trainer_new(at, text.length));
  });
  const held = resource(core, pointer, 'trainer', exports.trainer_free);
  return { held, trainer: wrap({ held, batch: spec.batch, sizes: sizesOf(spec) }) };
}

/** A trainer's handle and the sizes of its buffers. */
interface Plan {
  readonly held: Resource;
  readonly batch: number;
  readonly sizes: Readonly<Record<Side, Sizes>>;
}

interface Sizes {
  readonly input: number;
  readonly embedding: number;
}

function sizesOf({ xWidths, yWidths }: TrainerSpec): Plan['sizes'] {
  const sizes = (widths: readonly number[]): Sizes => ({ input: widths[0] ?? 0, embedding: widths.at(-1) ?? 0 });
  return { x: sizes(xWidths), y: sizes(yWidths ?? xWidths) };
}

function wrap(plan: Plan): Trainer {
  const { held, batch, sizes } = plan;
  return {
    batch,
    xDim: sizes.x.input,
    yDim: sizes.y.input,
    xEmbeddingDim: sizes.x.embedding,
    yEmbeddingDim: sizes.y.embedding,
    x: () => input(plan, 'x'),
    y: () => input(plan, 'y'),
    step() {
      succeed(held.core, () => held.core.exports.trainer_step(held.pointer()));
      return lastStep(held);
    },
    evaluate: (x, y) => evaluate(plan, x, y),
    embed: (side, rows) => embed(plan, side, rows),
    certificate: (metric = 'sum', within) => certify(held, metric, within),
    lipschitzParts: (within) => lipschitzParts(held, within),
    tensors: (kind) => readTensors(held, kind),
    counters: () => counters(held),
    restore: (tensors, counters) => restoreTensors(held, tensors, counters),
    dispose: held.dispose,
    [Symbol.dispose]: held.dispose,
  };
}

function input({ held, batch, sizes }: Plan, side: Side): Float32Array {
  const at = held.core.exports.trainer_input(held.pointer(), SIDES.indexOf(side));
  return floats(held.core, at, batch * sizes[side].input);
}

function numbers({ core, pointer }: Resource, length: number): Float64Array {
  return new Float64Array(core.exports.memory.buffer, core.exports.trainer_numbers(pointer()), length);
}

/** What the last step of a trainer did. */
export function lastStep(held: Resource): StepReport {
  const [step = 0, value = 0, penalty = 0, loss = 0, norm = 0, rate = 0, tau = 0] = numbers(held, 7);
  return { step, value, penalty, loss, gradientNorm: norm, learningRate: rate, temperature: tau };
}

function evaluate(plan: Plan, x: Matrix, y: Matrix): Evaluation {
  checkPairs(plan, x, y);
  const { held, batch } = plan;
  const { exports } = held.core;
  const batches = Math.floor(x.rows / batch);
  const sums = [0, 0, 0];
  for (let start = 0; start < batches * batch; start += batch) {
    fill(plan, 'x', x, start, batch);
    fill(plan, 'y', y, start, batch);
    succeed(held.core, () => exports.trainer_evaluate(held.pointer()));
    numbers(held, 3).forEach((value, at) => {
      sums[at] = (sums[at] ?? 0) + value;
    });
  }
  const [value = 0, wdm = 0, wdmAll = 0] = sums.map((sum) => sum / batches);
  return { value, wdm, wdmAll, batches };
}

function embed(plan: Plan, side: Side, rows: Matrix): Matrix {
  checkWidth(plan, side, rows);
  const { held, batch } = plan;
  const { exports } = held.core;
  const which = SIDES.indexOf(side);
  const cols = plan.sizes[side].embedding;
  const data = new Float32Array(rows.rows * cols);
  for (let start = 0; start < rows.rows; start += batch) {
    const count = Math.min(batch, rows.rows - start);
    fill(plan, side, rows, start, count);
    succeed(held.core, () => exports.trainer_embed(held.pointer(), which, count));
    data.set(floats(held.core, exports.trainer_embeddings(held.pointer(), which), count * cols), start * cols);
  }
  return { data, rows: rows.rows, cols };
}

/** Copies `count` rows from `start` on to the front of a side's batch. */
function fill(plan: Plan, side: Side, { data, cols }: Matrix, start: number, count: number): void {
  input(plan, side).set(data.subarray(start * cols, (start + count) * cols));
}

type Radii = Readonly<Record<Side, number>> | undefined;

function certify(held: Resource, metric: Metric, within: Radii): CoreCertificate {
  const { exports } = held.core;
  const { x, y } = within ?? EVERYWHERE;
  const constant = guard(held.core, () => exports.trainer_certify(held.pointer(), METRICS.indexOf(metric), x, y));
  if (!Number.isNaN(constant)) return { constant, metric };
  const [at, bytes] = [exports.trainer_text(held.pointer()), exports.trainer_text_length(held.pointer())];
  return { constant: null, metric, reason: readText(held.core, at, bytes) };
}

function lipschitzParts(held: Resource, within: Radii): LipschitzParts {
  const { x, y } = within ?? EVERYWHERE;
  guard(held.core, () => held.core.exports.trainer_constants(held.pointer(), x, y));
  const [ofX = 0, ofY = 0, byG = 0, byH = 0] = numbers(held, 4);
  return { encoders: { x: ofX, y: ofY }, critic: Number.isNaN(byG) ? null : { x: byG, y: byH } };
}

function counters({ core, pointer }: Resource): Counters {
  core.exports.trainer_count(pointer());
  const all = words(core, core.exports.trainer_words(pointer()), 6);
  const [low = 0, high = 0, a = 0, b = 0, c = 0, d = 0] = all;
  return { step: high * 2 ** 32 + low, random: [a, b, c, d] };
}

function checkPairs(plan: Plan, x: Matrix, y: Matrix): void {
  checkWidth(plan, 'x', x);
  checkWidth(plan, 'y', y);
  if (x.rows !== y.rows) throw new ShapeError(`x has ${x.rows} rows and y ${y.rows}: expected one y an x`);
  if (x.rows < plan.batch) throw new DataError(`expected at least one batch of ${plan.batch} pairs, got ${x.rows}`);
}

function checkWidth({ held, sizes }: Plan, side: Side, { data, rows, cols }: Matrix): void {
  held.pointer();
  const expected = sizes[side].input;
  if (cols !== expected) throw new ShapeError(`${side} has ${cols} columns, its encoder takes ${expected}`);
  if (data.length !== rows * cols) {
    throw new ShapeError(`${side} says ${rows} x ${cols}, but holds ${data.length} numbers`);
  }
}

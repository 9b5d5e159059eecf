import { handle, succeed } from './call.js';
import { acquireCore, type CoreOptions } from './core.js';
import { bits, floats, specText, withScratch } from './memory.js';
import { type Disposable, type Resource, resource } from './resource.js';

/** What fixes a plan: names in the library's vocabulary, shapes, and which candidates are right for which query. */
export interface CoreLossSpec extends CoreOptions {
  readonly objective: string;
  /** The numbers that fix the objective, where they are not the defaults. */
  readonly objectiveOptions: Readonly<Record<string, number>>;
  readonly critic: string;
  /** The joint critic's hidden layers, none for the others; and what fixes the weights it begins with. */
  readonly criticHidden: readonly number[];
  readonly criticSeed: number;
  /** Queries. */
  readonly n: number;
  /** Candidates. */
  readonly m: number;
  readonly xDim: number;
  readonly yDim: number;
  readonly gradients: 'all' | 'queries' | 'none';
  /** Reads y only in the first run after it was asked for. */
  readonly fixedCandidates: boolean;
  readonly positives: CorePositives | null;
  /** An id a candidate. */
  readonly ids: Uint32Array | null;
}

/** Positives as compressed rows: those of query i are `indices[offsets[i]..offsets[i + 1]]`. */
export interface CorePositives {
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  readonly weights: Float32Array | null;
}

/** What a loss reads. */
export const LOSS_INPUTS = ['x', 'y', 'weights'] as const;
/** The gradients by what it reads. */
export const LOSS_GRADIENTS = ['dX', 'dY', 'dWeights'] as const;

/** A matrix of each of what a loss reads. */
export type LossInputs = Readonly<Record<(typeof LOSS_INPUTS)[number], Float32Array>>;
/** A matrix of each of its gradients. */
export type LossGradients = Readonly<Record<(typeof LOSS_GRADIENTS)[number], Float32Array>>;

/** A loss over fixed shapes that lives in the module; its views are fresh and valid until the next call. */
export interface CoreLoss extends Disposable {
  /** n x xDim, row-major, to write into. */
  x(): Float32Array;
  /** m x yDim, row-major, to write into. */
  y(): Float32Array;
  /** xDim x yDim, row-major, to write into; the joint critic's layers, each a weight and a bias; else empty. */
  weights(): Float32Array;
  dX(): Float32Array;
  dY(): Float32Array;
  dWeights(): Float32Array;
  /** Evaluates; returns the value, what gradients are of, and its derivative by the temperature. */
  run(temperature: number): LossReport;
}

/** What an evaluation found beside gradients by matrices. */
export interface LossReport {
  readonly value: number;
  /** What gradients are of. */
  readonly surrogate: number;
  readonly dTemperature: number;
}

/** Creates a plan; throws what the core refuses: ShapeError, DataError or OptionsError. */
export function createLoss(spec: CoreLossSpec): CoreLoss {
  return openLoss(spec).loss;
}

/** A plan with its handle. */
export function openLoss(spec: CoreLossSpec): { readonly held: Resource; readonly loss: CoreLoss } {
  const core = acquireCore(spec);
  const { exports } = core;
  const pointer = withScratch(core, ({ put }) => {
    const { criticHidden, criticSeed } = spec;
    const { positives, ids, objective, objectiveOptions, critic, n, m, xDim, yDim, gradients, fixedCandidates } = spec;
    const lists = [positives?.offsets, positives?.indices, positives?.weights, ids];
    const table = lists.flatMap((list) => (list ? [put(list), list.length] : [0, 0]));
    const text = specText({
      objective,
      critic,
      n,
      m,
      xDim,
      yDim,
      gradients,
      fixedCandidates,
      criticHidden,
      criticSeed,
      ...bits(objectiveOptions),
    });
    const [textAt, tableAt] = [put(text), put(Uint32Array.from(table))];
    return handle(core, () => exports.loss_new(textAt, text.length, tableAt));
  });
  const plan = resource(core, pointer, 'plan', exports.loss_free);
  const buffer = (which: number, length: number) => () =>
    floats(core, exports.loss_buffer(plan.pointer(), which), length);
  const sizes = lossSizes(spec);
  const loss = {
    x: buffer(0, sizes.x),
    y: buffer(1, sizes.y),
    weights: buffer(2, sizes.weights),
    dX: buffer(3, sizes.dX),
    dY: buffer(4, sizes.dY),
    dWeights: buffer(5, sizes.dWeights),
    run(temperature: number) {
      succeed(core, () => exports.loss_run(plan.pointer(), temperature));
      return lastEvaluation(plan);
    },
    dispose: plan.dispose,
    [Symbol.dispose]: plan.dispose,
  };
  return { held: plan, loss };
}

/** What the last evaluation found. */
export function lastEvaluation({ core: { exports }, pointer }: Resource): LossReport {
  const at = pointer();
  return {
    value: exports.loss_value(at),
    surrogate: exports.loss_surrogate(at),
    dTemperature: exports.loss_d_temperature(at),
  };
}

/** How many numbers each matrix of a loss holds. */
export function lossSizes(spec: CoreLossSpec): Readonly<Record<keyof (LossInputs & LossGradients), number>> {
  const { n, m, xDim, yDim, gradients } = spec;
  const weights = numbersOf(spec);
  const all = gradients === 'all' ? 1 : 0;
  return {
    x: n * xDim,
    y: m * yDim,
    weights,
    dX: gradients === 'none' ? 0 : n * xDim,
    dY: all * m * yDim,
    dWeights: all * weights,
  };
}

/** How many numbers the critic's weights and biases are. */
function numbersOf({ critic, criticHidden, xDim, yDim }: CoreLossSpec): number {
  if (critic === 'bilinear') return xDim * yDim;
  if (critic !== 'joint') return 0;
  return [...criticHidden, 1].reduce((sum, units, at) => sum + units * ((criticHidden[at - 1] ?? xDim + yDim) + 1), 0);
}

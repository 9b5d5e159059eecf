import type { Critic, CriticName } from '../critics/critic.js';
import { joinLayers } from '../critics/layers.js';
import { resolveCritic } from '../critics/resolve-critic.js';
import { checkOptions, type KnownOptions } from '../wasm/check-options.js';
import type { CoreOptions } from '../wasm/core.js';
import { OptionsError, ShapeError } from '../wasm/errors.js';
import { type CoreLoss, type CoreLossSpec, createLoss } from '../wasm/loss.js';
import type { Disposable } from '../wasm/resource.js';
import { type Objective, type ObjectiveName, resolveObjective } from './objective.js';
import { compressPositives, type Positives } from './positives.js';

/** What is computed beside the value. */
export type Gradients = 'all' | 'queries' | 'none';

/** Options of every loss. */
export interface LossOptions extends CoreOptions {
  /** The critic, or its name for its defaults. Default separable. */
  readonly critic?: Critic | CriticName;
  /** Right candidates of each query. By default candidate i is right for query i. */
  readonly positives?: Positives;
  /**
   * An integer id a candidate: a candidate with the id of one of a query's positives, not positive itself, is in no
   * sum of that query.
   */
  readonly yIds?: ArrayLike<number>;
  /** What is computed beside the value. Default 'all'. */
  readonly gradients?: Gradients;
}

/** Every one of {@link LossOptions}. */
export const LOSS_OPTIONS: KnownOptions<LossOptions> = {
  critic: true,
  positives: true,
  yIds: true,
  gradients: true,
  deterministic: true,
};

/** What fixes a {@link LossPlan}. */
export interface LossPlanOptions extends LossOptions {
  /** What is maximised, or its name for its defaults. */
  readonly objective: Objective | ObjectiveName;
  /** Queries: rows of x. */
  readonly n: number;
  /** Candidates: rows of y. Default n. */
  readonly m?: number;
  /** Columns of x, and of y unless `yDim` is given. */
  readonly d: number;
  /** Columns of y, where they differ (bilinear and joint critics only). */
  readonly yDim?: number;
  /**
   * The candidates stay the same from run to run, as documents do while only queries are trained: y is read, and what
   * is made of it computed, in the first run and in the first after each use of `plan.y`. Default false.
   */
  readonly fixedCandidates?: boolean;
}

/** Every one of {@link LossPlanOptions}. */
export const PLAN_OPTIONS: KnownOptions<LossPlanOptions> = {
  ...LOSS_OPTIONS,
  objective: true,
  n: true,
  m: true,
  d: true,
  yDim: true,
  fixedCandidates: true,
};

/**
 * A loss over fixed shapes: it allocates once, and running it allocates nothing.
 *
 * Its matrices live in the module. Each property gives a fresh view that is valid until the next call of the library;
 * keep the plan, not the view.
 */
export interface LossPlan extends Disposable {
  /** n x d, row-major: write the queries' embeddings here. */
  readonly x: Float32Array;
  /** m x d, row-major: write the candidates' embeddings here; with `fixedCandidates`, through a view taken anew. */
  readonly y: Float32Array;
  /**
   * The bilinear critic's W, row-major, to read or write; of the joint critic each layer's weight (outputs x inputs,
   * row-major) followed by its bias; empty for other critics.
   */
  readonly weights: Float32Array;
  /** What every score is divided by; set it before a run. */
  temperature: number;
  /** The value of the last run, in nats; NaN before the first. */
  readonly value: number;
  /** What gradients are of: the last value, but for jsd, smile and rpc, which climb one number and report another. */
  readonly surrogate: number;
  /** The gradient of the last surrogate by x; empty with gradients 'none'. */
  readonly dX: Float32Array;
  /** The gradient of the last surrogate by y; empty unless gradients are 'all'. */
  readonly dY: Float32Array;
  /** The gradient of the last surrogate by `weights`, laid out as they are; empty unless gradients are 'all'. */
  readonly dWeights: Float32Array;
  /** The derivative of the last surrogate by the temperature; 0 unless gradients are 'all'. */
  readonly dTemperature: number;
  /**
   * Evaluates what stands in x and y, and returns the value in nats, which gradients maximise.
   *
   * @throws {DataError} on NaN or infinity in x, y or weights, or where scores leave single precision
   * @throws {StateError} after `dispose()`
   */
  run(): number;
}

/**
 * Fixes shapes and allocates.
 *
 * @throws {OptionsError} on unknown names, gradients or sizes that are no positive integers
 * @throws {ShapeError} on sizes that do not fit together or into memory
 * @throws {DataError} on fewer pairs than the objective needs, or malformed positives
 */
export function lossPlan(options: LossPlanOptions): LossPlan {
  const { spec, critic } = planSpec(options, 'lossPlan');
  const core = createLoss(spec);
  writeWeights(core, critic, spec.xDim, spec.yDim);
  return withTemperature(core, critic.temperature);
}

/**
 * What fixes the core's plan, and the critic with what it brings, from the options of the function `what`.
 *
 * @throws as {@link lossPlan}, but for what the core refuses
 */
export function planSpec(
  options: LossPlanOptions,
  what: string,
): { readonly spec: CoreLossSpec; readonly critic: Critic } {
  checkOptions(options, PLAN_OPTIONS, what);
  const { n, m = n, d, yDim = d, gradients = 'all', positives, yIds } = options;
  const { fixedCandidates = false, deterministic = false } = options;
  for (const [name, size] of Object.entries({ n, m, d, yDim })) {
    if (!Number.isInteger(size) || size < 0 || size > 0xffffffff) {
      throw new OptionsError(`${name} must be a whole number, got ${size}`);
    }
  }
  if (typeof fixedCandidates !== 'boolean') {
    throw new OptionsError(`fixedCandidates must be true or false, got ${fixedCandidates}`);
  }
  const critic = resolveCritic(options.critic ?? 'separable');
  const { name: objective, options: objectiveOptions } = resolveObjective(options.objective);
  const spec = {
    objective,
    objectiveOptions,
    critic: critic.name,
    criticHidden: critic.network?.hidden ?? [],
    criticSeed: critic.network?.seed ?? 0,
    n,
    m,
    xDim: d,
    yDim,
    gradients,
    positives: positives === undefined ? null : compressPositives(positives),
    ids: yIds === undefined ? null : toIds(yIds, m),
    fixedCandidates,
    deterministic,
  };
  return { spec, critic };
}

function withTemperature(core: CoreLoss, temperature: number): LossPlan {
  let last = { value: Number.NaN, surrogate: Number.NaN, dTemperature: 0 };
  return {
    temperature,
    get x() {
      return core.x();
    },
    get y() {
      return core.y();
    },
    get weights() {
      return core.weights();
    },
    get dX() {
      return core.dX();
    },
    get dY() {
      return core.dY();
    },
    get dWeights() {
      return core.dWeights();
    },
    get dTemperature() {
      return last.dTemperature;
    },
    get value() {
      return last.value;
    },
    get surrogate() {
      return last.surrogate;
    },
    run() {
      last = core.run(this.temperature);
      return last.value;
    },
    dispose: core.dispose,
    [Symbol.dispose]: core.dispose,
  };
}

/** Where a critic brings its weights; else the core's own stay. */
function writeWeights(core: CoreLoss, { name, weights, network }: Critic, xDim: number, yDim: number): void {
  const first = network?.layers?.[0]?.weight;
  if (first !== undefined && first.cols !== xDim + yDim) {
    core.dispose();
    throw new ShapeError(`expected a first layer of ${xDim} + ${yDim} inputs, got ${first.cols}`);
  }
  if (name === 'bilinear' && weights !== null && (weights.rows !== xDim || weights.cols !== yDim)) {
    core.dispose();
    throw new ShapeError(`expected weights of ${xDim} x ${yDim}, got ${weights.rows} x ${weights.cols}`);
  }
  if (network?.layers) core.weights().set(joinLayers(network.layers));
  else if (weights !== null) core.weights().set(weights.data);
}

/** Ids by rank of first appearance: only their equality counts, so any integers will do. */
function toIds(ids: ArrayLike<number>, candidates: number): Uint32Array {
  if (ids.length !== candidates) {
    throw new ShapeError(`expected an id for each of the ${candidates} candidates, got ${ids.length}`);
  }
  const ranks = new Map<number, number>();
  return Uint32Array.from(ids, (id, j) => {
    if (!Number.isSafeInteger(id)) throw new OptionsError(`yIds[${j}] must be an integer, got ${id}`);
    const rank = ranks.get(id) ?? ranks.size;
    ranks.set(id, rank);
    return rank;
  });
}

import { transfer } from 'comlink';
import { type LossPlan, type LossPlanOptions, lossPlan, planSpec } from '../objectives/loss-plan.js';
import { checkObject } from '../wasm/check-options.js';
import { StateError } from '../wasm/errors.js';
import type { CoreLossSpec, LossReport } from '../wasm/loss.js';
import type { Disposable } from '../wasm/resource.js';
import { sharesMemory } from './batch-places.js';
import type { WorkersOption } from './fit.js';
import { linksOf, portsOf } from './links.js';
import { type Members, startMembers } from './members.js';
import type { LossInputs } from './shard-setup.js';
import { workerCount } from './worker-count.js';

/**
 * A loss over fixed shapes whose score matrix workers share. As a `LossPlan`, but that a run is a promise, and that its
 * matrices, in shared memory where there is such a thing, stay the same from run to run.
 */
export interface ParallelLoss extends Omit<LossPlan, 'run' | keyof Disposable>, Disposable {
  /**
   * Evaluates what stands in x, y and weights, which must not change meanwhile, and gives the value in nats.
   *
   * @throws {DataError} on NaN or infinity in x, y or weights, or where scores leave single precision
   * @throws {WorkerError} naming a worker that died, the others having ended; and after `dispose()`
   * @throws {StateError} while another run is under way
   */
  run(): Promise<number>;
}

/** Each matrix of a loss in the order in which shards have them. */
const MATRICES = ['x', 'y', 'weights', 'dX', 'dY', 'dWeights'] as const;

type Matrices = Record<(typeof MATRICES)[number], Float32Array>;

/**
 * Starts workers that each hold the whole of x and y and take a part of the queries, exactly as `lossPlan` does alone:
 * with `deterministic` the same bits, whatever their number.
 *
 * @throws {WorkerError} naming a worker that does not start
 * @throws {OptionsError} on a number of workers that is none, and whatever else `lossPlan` throws
 */
export async function parallelLoss(given: LossPlanOptions & WorkersOption): Promise<ParallelLoss> {
  checkObject(given, 'parallelLoss');
  const { workers = 'auto', ...options } = given;
  const { spec } = planSpec(options, 'parallelLoss');
  const { matrices, temperature } = beginningOf(options);
  const count = await workerCount(workers, spec.n);
  const members = await startMembers(count);
  try {
    await begin(members, spec, count, matrices);
  } catch (error) {
    members.end();
    throw error;
  }
  return faceOf(members, matrices, temperature);
}

/** Matrices as a plan has them before its first run; the plan itself is not kept. */
function beginningOf(options: LossPlanOptions): { readonly matrices: Matrices; readonly temperature: number } {
  using plan = lossPlan(options);
  const copy = (from: Float32Array): Float32Array => {
    const bytes = from.byteLength;
    const own = new Float32Array(sharesMemory() ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
    own.set(from);
    return own;
  };
  const { x, y, weights, dX, dY, dWeights } = plan;
  const matrices = {
    x: copy(x),
    y: copy(y),
    weights: copy(weights),
    dX: copy(dX),
    dY: copy(dY),
    dWeights: copy(dWeights),
  };
  return { matrices, temperature: plan.temperature };
}

async function begin(members: Members, spec: CoreLossSpec, count: number, matrices: Matrices): Promise<void> {
  const places = sharesMemory() ? MATRICES.map((name) => matrices[name]) : null;
  const links = linksOf(count, places);
  // Every run hands all of y over.
  const own = { ...spec, fixedCandidates: false };
  await members.ask((service, index) => {
    const link = links(index);
    return service.beginLoss(transfer({ spec: own, index, count, link }, portsOf(link)));
  });
}

function faceOf(members: Members, matrices: Matrices, initial: number): ParallelLoss {
  let last: LossReport = { value: Number.NaN, surrogate: Number.NaN, dTemperature: 0 };
  let isRunning = false;
  const inputs = (): LossInputs =>
    sharesMemory() ? null : [matrices.x.slice(), matrices.y.slice(), matrices.weights.slice()];
  return {
    ...matrices,
    temperature: initial,
    get value() {
      return last.value;
    },
    get surrogate() {
      return last.surrogate;
    },
    get dTemperature() {
      return last.dTemperature;
    },
    async run() {
      if (isRunning) throw new StateError('this loss is being evaluated: await its run first');
      isRunning = true;
      try {
        const [first] = await members.ask((service) => service.evaluate(this.temperature, inputs()));
        first?.gradients?.forEach((gradient, at) => {
          matrices[MATRICES[3 + at] as keyof Matrices].set(gradient);
        });
        last = first?.report ?? last;
        return last.value;
      } finally {
        isRunning = false;
      }
    },
    dispose: members.end,
    [Symbol.dispose]: members.end,
  };
}

import { transfer } from 'comlink';
import { type LossPlan, type LossPlanOptions, lossPlan, PLAN_OPTIONS, planSpec } from '../objectives/loss-plan.js';
import { checkOptions, type KnownOptions } from '../wasm/check-options.js';
import { StateError } from '../wasm/errors.js';
import {
  type CoreLossSpec,
  LOSS_GRADIENTS,
  LOSS_INPUTS,
  type LossGradients,
  type LossInputs,
  type LossReport,
  lossSizes,
} from '../wasm/loss.js';
import type { Disposable } from '../wasm/resource.js';
import { sharesMemory } from './batch-places.js';
import type { WorkersOption } from './fit.js';
import { linksOf, portsOf } from './links.js';
import { type Members, startMembers } from './members.js';
import { workerCount } from './worker-count.js';

/**
 * A loss over fixed shapes whose score matrix workers share. As a `LossPlan`, but that a run is a promise, and that its
 * matrices, in shared memory where there is such a thing, stay the same from run to run.
 */
export interface ParallelLoss extends Omit<LossPlan, 'run' | keyof Disposable>, Disposable {
  /**
   * Evaluates what stands in x, y and weights when it is called (what is written later is the next run's), and gives the
   * value in nats.
   *
   * @throws {DataError} on NaN or infinity in x, y or weights, or where scores leave single precision
   * @throws {WorkerError} naming a worker that died, the others having ended; and after `dispose()`
   * @throws {StateError} while another run is under way
   */
  run(): Promise<number>;
}

const KNOWN: KnownOptions<LossPlanOptions & WorkersOption> = { workers: true, ...PLAN_OPTIONS };

/**
 * Starts workers that each hold the whole of x and y and take a part of the queries, exactly as `lossPlan` does alone:
 * with `deterministic` the same bits, whatever their number.
 *
 * @throws {WorkerError} naming a worker that does not start
 * @throws {OptionsError} on a number of workers that is none, and whatever else `lossPlan` throws
 */
export async function parallelLoss(given: LossPlanOptions & WorkersOption): Promise<ParallelLoss> {
  checkOptions(given, KNOWN, 'parallelLoss');
  const { workers = 'auto', ...options } = given;
  const { spec } = planSpec(options, 'parallelLoss');
  const { weights, temperature } = beginningOf(options);
  const count = await workerCount(workers, spec.n, MOST_GROUPS);
  const members = await startMembers(count);
  try {
    await begin(members, spec, count);
    const matrices = matricesOf(spec);
    matrices.weights.set(weights);
    return faceOf(members, matrices, temperature);
  } catch (error) {
    members.end();
    throw error;
  }
}

/** What a critic begins with, whatever the number of pairs: a plan of all of them would only take memory for good. */
function beginningOf(options: LossPlanOptions): { readonly weights: Float32Array; readonly temperature: number } {
  const { positives: _, yIds: __, ...others } = options;
  using plan = lossPlan({ ...others, n: FEWEST, m: FEWEST, gradients: 'none' });
  return { weights: plan.weights.slice(), temperature: plan.temperature };
}

/** Parts into which the core splits a score matrix, at most; a worker more would have nothing to do. */
const MOST_GROUPS = 8;
/** Pairs that every objective can do with. */
const FEWEST = 2;

async function begin(members: Members, spec: CoreLossSpec, count: number): Promise<void> {
  const links = linksOf(count, sharesMemory() ? [] : null);
  // Every run hands all of y over.
  const own = { ...spec, fixedCandidates: false };
  await members.ask((service, index) => {
    const link = links(index);
    return service.beginLoss(transfer({ spec: own, index, count, link }, portsOf(link)));
  });
}

function matricesOf(spec: CoreLossSpec): LossInputs & LossGradients {
  const { x, y, weights, dX, dY, dWeights } = lossSizes(spec);
  return {
    x: numbers(x),
    y: numbers(y),
    weights: numbers(weights),
    dX: numbers(dX),
    dY: numbers(dY),
    dWeights: numbers(dWeights),
  };
}

/** Zeros, in shared memory where there is such a thing. */
function numbers(length: number): Float32Array {
  const bytes = length * Float32Array.BYTES_PER_ELEMENT;
  return new Float32Array(sharesMemory() ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
}

/** Takes what stands in a loss's matrices; gives what to send to a worker, called once for each. */
function inputsTaker({ x, y, weights }: LossInputs): () => () => LossInputs {
  if (!sharesMemory()) {
    return () => () => {
      const own = { x: x.slice(), y: y.slice(), weights: weights.slice() };
      return transfer(
        own,
        LOSS_INPUTS.map((name) => own[name].buffer),
      );
    };
  }
  // Workers read at moments of their own, and must all read the same.
  const taken = { x: numbers(x.length), y: numbers(y.length), weights: numbers(weights.length) };
  return () => {
    taken.x.set(x);
    taken.y.set(y);
    taken.weights.set(weights);
    return () => taken;
  };
}

function faceOf(members: Members, matrices: LossInputs & LossGradients, initial: number): ParallelLoss {
  let last: LossReport = { value: Number.NaN, surrogate: Number.NaN, dTemperature: 0 };
  let isRunning = false;
  const take = inputsTaker(matrices);
  const { dX, dY, dWeights } = matrices;
  const to = sharesMemory() ? { dX, dY, dWeights } : null;
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
        const send = take();
        const [first] = await members.ask((service) => service.evaluate(this.temperature, send(), to));
        const gradients = first?.gradients ?? null;
        if (gradients !== null) for (const name of LOSS_GRADIENTS) matrices[name].set(gradients[name]);
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

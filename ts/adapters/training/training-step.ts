import { separable } from '../../critics/separable.js';
import { lossPlan } from '../../objectives/loss-plan.js';
import type { CoreOptions } from '../../wasm/core.js';
import type { Matrix } from '../../wasm/matrix.js';
import type { Disposable } from '../../wasm/resource.js';
import type { Head } from '../heads/head.js';
import { type HeadPass, headPass } from '../heads/head-pass.js';
import type { Heads } from '../heads/heads.js';
import { lossOverSizes } from './loss-over-sizes.js';
import { gatherRows, type TrainingBatch } from './training-batches.js';

/** What is climbed. */
export interface StepOptions extends CoreOptions {
  readonly objective: 'cpc' | 'wpc';
  /** What cosines are multiplied by. */
  readonly scale: number;
  /** Numbers of the outputs that are compared: all, then the first so many of a Matryoshka head's. */
  readonly sizes: readonly number[];
}

/** Evaluates batches. */
export interface TrainingStep extends Disposable {
  /** Adds the gradient of a batch to the heads' and returns its value in nats. */
  run(batch: TrainingBatch): number;
}

/** Steps of heads over normalised queries and documents. */
export function trainingStep(
  heads: Heads,
  queries: Matrix,
  documents: Matrix,
  { objective, scale, sizes, deterministic = false }: StepOptions,
): TrainingStep {
  const critic = separable({ temperature: 1 / scale });
  const query = passesOf(heads.query, { deterministic });
  const document = passesOf(heads.document, { deterministic });
  let candidates: Candidates = { rows: [], data: new Float32Array(0), ids: {} };
  const dispose = () => {
    query.dispose();
    document.dispose();
  };
  return {
    run(batch) {
      const x = query.side(gatherRows(queries, batch.queries));
      if (batch.candidates !== candidates.rows) candidates = gatherCandidates(documents, batch);
      const y = document.side(candidates.data);
      const [n, m] = [batch.queries.length, batch.candidates.length];
      const { positives } = batch;
      const gradients = heads.document === null ? 'queries' : 'all';
      const { value, dX, dY } = lossOverSizes(sizes, x.output, y.output, (rowsX, rowsY, d) => {
        const shape = { n, m, d, gradients, fixedCandidates: true } as const;
        // What is positive is fixed in a plan, and changes with the batch; a plan costs a copy of the candidates.
        const plan = lossPlan({ objective, critic, positives, ...candidates.ids, deterministic, ...shape });
        try {
          plan.x.set(rowsX);
          plan.y.set(rowsY);
          // Copied, because products may grow the module's memory and detach views.
          return { value: plan.run(), dX: plan.dX.slice(), dY: plan.dY.slice() };
        } finally {
          plan.dispose();
        }
      });
      x.backward?.(dX);
      y.backward?.(dY);
      return value;
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** Candidates of one or more batches. */
interface Candidates {
  readonly rows: readonly number[];
  readonly data: Float32Array;
  readonly ids: { readonly yIds?: Uint32Array };
}

/** Their ids only where there are copies: a plan sorts what it is given. */
function gatherCandidates(documents: Matrix, { candidates: rows, ids }: TrainingBatch): Candidates {
  const hasCopies = new Set(ids).size < ids.length;
  return { rows, data: gatherRows(documents, rows), ids: hasCopies ? { yIds: ids } : {} };
}

/** The pass of a head, made anew where the number of rows changes; rows go through unchanged where there is no head. */
function passesOf(head: Head | null, options: CoreOptions) {
  let held: { readonly rows: number; readonly pass: HeadPass } | null = null;
  return {
    side(x: Float32Array): Pick<HeadPass, 'output'> & Partial<Pick<HeadPass, 'backward'>> {
      if (head === null) return { output: x };
      const rows = x.length / head.input;
      // One at a time: of negatives by batch there are many sizes, each with a copy of the weights.
      if (held?.rows !== rows) {
        held?.pass.dispose();
        held = { rows, pass: headPass(head, rows, options) };
      }
      held.pass.forward(x);
      return held.pass;
    },
    dispose: () => held?.pass.dispose(),
  };
}

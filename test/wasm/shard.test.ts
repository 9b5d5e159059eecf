import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayPairs } from '../../ts/data/array-pairs.js';
import { trainerSpec } from '../../ts/training/fit-options.js';
import { KantorovichError } from '../../ts/wasm/errors.js';
import { random } from '../../ts/wasm/random.js';
import { liveResources } from '../../ts/wasm/resource.js';
import { createTrainerShard, type Region, type TrainerShard } from '../../ts/wasm/shard.js';
import { createTrainer, type StepReport, type Trainer } from '../../ts/wasm/trainer.js';
import type { TrainerSpec } from '../../ts/wasm/trainer-spec.js';
import { type ArbitraryRun, arbitraryRun } from '../support/arbitrary-run.js';

const STEPS = 5;

describe('shards of a trainer', () => {
  it('take the steps of one trainer alone, bit for bit, whatever they train', () => {
    fc.assert(
      fc.property(arbitraryRun, fc.integer({ min: 1, max: 4 }), (run, count) => {
        const spec = specOf(run);
        fc.pre(spec !== null);
        using alone = createTrainer(spec, { deterministic: true });
        const shards = shardsOf(spec, count);
        for (let step = 0; step < STEPS; step++) {
          const batch = drawBatch(spec, run.options.seed + step);
          const outcome = attempt(() => stepAlone(alone, batch));
          expect(attempt(() => stepTogether(shards, batch))).toEqual(outcome);
        }
        exchange(shards, 'state');
        for (const { trainer } of shards) {
          expect(trainer.tensors('state')).toEqual(alone.tensors('state'));
          expect(trainer.counters()).toEqual(alone.counters());
        }
        for (const shard of shards) shard.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('go on from the state of any number of shards, bit for bit', () => {
    fc.assert(
      fc.property(
        arbitraryRun,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (run, before, after) => {
          const spec = specOf(run);
          fc.pre(spec !== null);
          using alone = createTrainer(spec, { deterministic: true });
          const first = shardsOf(spec, before);
          const steps = [0, 1, 2, 3].map((step) => drawBatch(spec, run.options.seed + step));
          const outcomes = steps.map((batch) => attempt(() => stepAlone(alone, batch)));
          const earlier = steps.slice(0, 2).map((batch) => attempt(() => stepTogether(first, batch)));
          exchange(first, 'state');
          const { trainer } = first[0];
          const second = shardsOf(spec, after);
          for (const shard of second) shard.trainer.restore(trainer.tensors('state'), trainer.counters());
          const later = steps.slice(2).map((batch) => attempt(() => stepTogether(second, batch)));
          expect([...earlier, ...later]).toEqual(outcomes);
          expect(second[0].trainer.tensors('export')).toEqual(alone.tensors('export'));
          for (const shard of [...first, ...second]) shard.dispose();
        },
      ),
      { numRuns: 20 },
    );
  });

  it('refuse a batch with NaN in one phase, all alike, and are as they were before', () => {
    const spec = trainerSpec({ pairs: pairsOf(5, 3), encoder: '8-4', batch: 130 });
    using alone = createTrainer(spec, { deterministic: true });
    const shards = shardsOf(spec, 2);
    const good = drawBatch(spec, 1);
    const bad = { x: good.x.slice(), y: good.y };
    bad.x[5 * 129] = Number.NaN;
    for (const batch of [good, bad, good]) {
      expect(attempt(() => stepTogether(shards, batch))).toEqual(attempt(() => stepAlone(alone, batch)));
    }
    expect(attempt(() => stepTogether(shards, bad))).toMatch(/^DataError: step 3/);
    for (const shard of shards) shard.dispose();
  });

  it('refuse places that there are not, and leave nothing behind', () => {
    const spec = trainerSpec({ pairs: pairsOf(5, 3), encoder: '8-4' });
    const before = liveResources();
    for (const [index, count] of [
      [2, 2],
      [0, 0],
      [5, 1],
    ] as const) {
      expect(() => createTrainerShard(spec, index, count)).toThrow(KantorovichError);
    }
    expect(liveResources()).toBe(before);
  });
});

/** The spec of a run; null where the library refuses it. */
function specOf({ xDim, yDim, options }: ArbitraryRun): TrainerSpec | null {
  try {
    const spec = trainerSpec({ ...options, pairs: pairsOf(xDim, yDim) });
    createTrainer(spec).dispose();
    return spec;
  } catch (error) {
    if (error instanceof KantorovichError) return null;
    throw error;
  }
}

function pairsOf(xDim: number, yDim: number) {
  const zeros = (cols: number) => ({ data: new Float32Array(2 * cols), rows: 2, cols });
  return arrayPairs({ x: zeros(xDim), y: zeros(yDim) });
}

function shardsOf(spec: TrainerSpec, count: number): readonly TrainerShard[] {
  return Array.from({ length: count }, (_, index) => createTrainerShard(spec, index, count, { deterministic: true }));
}

it('constrains two large weights of one size in two shards, also where the cost of one wraps in 32 bits', () => {
  const zeros = { data: new Float32Array(4096), rows: 1, cols: 4096 };
  const pairs = arrayPairs({ x: zeros, y: zeros });
  const spec = trainerSpec({ pairs, encoder: '1024-8', batch: 2, lipschitz: 'orthonormal', objective: 'wpc' });
  using shard = createTrainerShard(spec, 0, 2);
  const large = shard.regions(shard.phases - 1).filter(({ bytes }) => bytes === 4 * 4096 * 1024);
  expect(large.map(({ owner }) => owner)).toEqual([0, 1]);
});

interface Batch {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

function drawBatch({ batch, xWidths, yWidths }: TrainerSpec, seed: number): Batch {
  using stream = random(seed);
  const draw = (width: number) => Float32Array.from({ length: batch * width }, () => stream.normal());
  return { x: draw(xWidths[0]), y: draw((yWidths ?? xWidths)[0]) };
}

/** What it gives, or the words of the error. */
function attempt(step: () => StepReport): StepReport | string {
  try {
    return step();
  } catch (error) {
    return wordsOf(error);
  }
}

/** An error's words, without which entries of a gradient are not finite: a shard knows only its own. */
function wordsOf(error: unknown): string {
  return String(error).replace(/(the gradient must be finite).*/, '$1');
}

function stepAlone(trainer: Trainer, { x, y }: Batch): StepReport {
  trainer.x().set(x);
  trainer.y().set(y);
  return trainer.step();
}

/** A step of all shards; what one throws all must throw, in the same phase. */
function stepTogether(shards: readonly TrainerShard[], { x, y }: Batch): StepReport {
  for (const { trainer } of shards) {
    trainer.x().set(x);
    trainer.y().set(y);
  }
  for (let phase = 0; phase < shards[0].phases; phase++) {
    const faults = shards.map((shard) => {
      try {
        shard.run(phase);
        return null;
      } catch (error) {
        return error;
      }
    });
    expect(new Set(faults.map(wordsOf)).size).toBe(1);
    if (faults[0] !== null) throw faults[0];
    exchange(shards, phase);
  }
  const reports = shards.map((shard) => shard.report());
  for (const report of reports) expect(report).toEqual(reports[0]);
  return reports[0];
}

/** Copies every region from its owner to the others. */
function exchange(shards: readonly TrainerShard[], after: number | 'state'): void {
  const lists = shards.map((shard) => (after === 'state' ? shard.stateRegions() : shard.regions(after)));
  const shape = (list: readonly Region[]) => list.map(({ owner, bytes }) => [owner, bytes]);
  for (const list of lists) expect(shape(list)).toEqual(shape(lists[0]));
  lists[0].forEach(({ owner }, i) => {
    const source = shards[owner].bytes(lists[owner][i]);
    shards.forEach((shard, index) => {
      if (index !== owner) shard.bytes(lists[index][i]).set(source);
    });
  });
}

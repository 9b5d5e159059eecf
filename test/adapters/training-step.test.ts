import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADAPTS, type Adapt, type Heads, identityHeads, residualsOf } from '../../ts/adapters/heads.js';
import type { Residual } from '../../ts/adapters/residual.js';
import type { TrainingBatch } from '../../ts/adapters/training-batches.js';
import { trainingStep } from '../../ts/adapters/training-step.js';
import { liveResources } from '../../ts/wasm/resource.js';
import { adaptedRows, adapterInfoNce, type ReferenceResidual } from '../reference/adapter-loss.js';
import type { Rows } from '../reference/linear-algebra.js';
import { unitRows } from '../reference/retrieval.js';
import { runs, seed, size, sizeFromTwo } from '../support/arbitraries.js';
import { expectClose } from '../support/close.js';
import { scalarDifference } from '../support/finite-differences.js';
import { normalRows, seededRandom } from '../support/random.js';

const SCALE = 5;

const toMatrix = (rows: Rows) => ({ data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0].length });

const toRows = (data: ArrayLike<number>, cols: number): number[][] =>
  Array.from({ length: data.length / cols }, (_, i) => Array.from({ length: cols }, (_, k) => data[i * cols + k]));

const reference = (residual: Residual | null): ReferenceResidual | null => {
  if (residual === null) return null;
  const [first, second] = residual.tensors.map(({ data, cols }) => toRows(data, cols));
  return residual.rank === null ? { W: first } : { U: first, V: second };
};

/** Heads away from the identity, so that no gradient is 0 by itself. */
function drawnHeads(adapt: Adapt, dims: number, rank: number | null, from: number): Heads {
  const heads = identityHeads(adapt, dims, rank, 1);
  const random = seededRandom(from + 1);
  for (const { tensors } of residualsOf(heads)) {
    for (const { data } of tensors) for (let i = 0; i < data.length; i++) data[i] = 0.3 * random.normal();
  }
  return heads;
}

function drawnBatch(n: number, m: number, from: number) {
  const random = seededRandom(from + 2);
  const lists = Array.from({ length: n }, () => {
    const own = [...new Set(Array.from({ length: 1 + random.below(3) }, () => random.below(m)))].sort((a, b) => a - b);
    return own.map((candidate) => ({ candidate, grade: 1 + random.below(3) }));
  });
  const ids = Uint32Array.from({ length: m }, () => random.below(Math.max(2, m)));
  const batch: TrainingBatch = {
    queries: Array.from({ length: n }, (_, i) => i),
    candidates: Array.from({ length: m }, (_, j) => j),
    positives: {
      offsets: Uint32Array.from({ length: n + 1 }, (_, i) => lists.slice(0, i).flat().length),
      indices: Uint32Array.from(lists.flat(), ({ candidate }) => candidate),
      weights: Float32Array.from(lists.flat(), ({ grade }) => grade),
    },
    ids,
  };
  const positives = lists.map((own) => {
    const total = own.reduce((sum, { grade }) => sum + grade, 0);
    return own.map(({ candidate, grade }) => ({ candidate, weight: Math.fround(grade / total) }));
  });
  return { batch, positives };
}

describe.each(ADAPTS)("a step that adapts '%s'", (adapt) => {
  it.each(['full', 'low rank'])('has the value and gradients of its definition, %s', (form) => {
    fc.assert(
      fc.property(sizeFromTwo, sizeFromTwo, size, seed, fc.boolean(), (n, m, dims, from, deterministic) => {
        const random = seededRandom(from);
        const [x, y] = [n, m].map((rows) => toMatrix(unitRows(normalRows(random, rows, dims))));
        const [rowsX, rowsY] = [toRows(x.data, dims), toRows(y.data, dims)];
        const heads = drawnHeads(adapt, dims, form === 'full' ? null : Math.max(1, dims >> 1), from);
        const { batch, positives } = drawnBatch(n, m, from);
        const valueNow = (): number => {
          const [queries, documents] = [
            adaptedRows(reference(heads.query), rowsX),
            adaptedRows(reference(heads.document), rowsY),
          ];
          return adapterInfoNce(queries, documents, positives, batch.ids, SCALE);
        };
        const before = liveResources();
        const step = trainingStep(heads, x, y, { objective: 'cpc', scale: SCALE, deterministic });
        const value = step.run(batch);
        step.dispose();
        expect(liveResources()).toBe(before);
        expectClose(value, valueNow(), { absolute: 1e-5, relative: 1e-5 }, 'value');
        for (const { tensors } of residualsOf(heads)) {
          for (const tensor of tensors) {
            const at = seededRandom(from + 3).below(tensor.data.length);
            const own = tensor.data;
            const wanted = scalarDifference((moved) => {
              // A float64 copy takes the tensor's place: float32 would round the difference away.
              const copy = Float64Array.from(own).with(at, moved);
              Object.assign(tensor, { data: copy });
              const result = valueNow();
              Object.assign(tensor, { data: own });
              return result;
            }, own[at]);
            expectClose(tensor.gradient[at], wanted, { absolute: 3e-5, relative: 1e-3 }, `d${tensor.name}[${at}]`);
          }
        }
      }),
      { ...runs, numRuns: 25 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Head } from '../../../ts/adapters/heads/head.js';
import { headTensors } from '../../../ts/adapters/heads/heads.js';
import { hardNegatives } from '../../../ts/adapters/training/hard-negatives.js';
import {
  allCandidates,
  batchCandidates,
  batchSource,
  minedCandidates,
  relevantDocuments,
  type TrainingBatch,
} from '../../../ts/adapters/training/training-batches.js';
import { trainingStep } from '../../../ts/adapters/training/training-step.js';
import { liveResources } from '../../../ts/wasm/resource.js';
import { adapterInfoNce, cutRows, mappedRows, type ReferenceHead } from '../../reference/adapter-loss.js';
import type { Rows } from '../../reference/linear-algebra.js';
import { unitRows } from '../../reference/retrieval.js';
import { runs, seed, size, sizeFromTwo } from '../../support/arbitraries.js';
import { expectClose } from '../../support/close.js';
import { scalarDifference } from '../../support/finite-differences.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { drawnHeads, everyShape, shapeOf } from '../drawn-adapter.js';
import { drawnRelevance } from '../drawn-relevance.js';

const SCALE = 5;

const toMatrix = (rows: Rows) => ({ data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0].length });

const toRows = (data: ArrayLike<number>, cols: number): number[][] =>
  Array.from({ length: data.length / cols }, (_, i) => Array.from({ length: cols }, (_, k) => data[i * cols + k]));

const reference = (head: Head | null): ReferenceHead | null =>
  head && {
    isResidual: head.kind.isResidual,
    layers: head.layers.map(({ weight, bias, activation }) => ({
      A: toRows(weight.data, weight.cols),
      b: bias && [...bias.data],
      isBent: activation !== null,
    })),
  };

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

/** The slope of a direction grows as a length falls: shorter ones are left out, for single precision's sake. */
const SHORTEST = 0.05;

const cases = everyShape(4).map(({ adapt, head, sizes }, at) => [head, adapt, sizes.length, at] as const);

describe('a step has the value and gradients of its definition', () => {
  it.each(cases)("of head '%s', adapt '%s', %i sizes", (_, __, ___, which) => {
    const dims = fc.integer({ min: 4, max: 9 });
    fc.assert(
      fc.property(sizeFromTwo, sizeFromTwo, dims, seed, fc.boolean(), (n, m, width, from, deterministic) => {
        const shape = everyShape(width)[which];
        const random = seededRandom(from);
        const x = toMatrix(unitRows(normalRows(random, n, shape.dims)));
        const y = toMatrix(unitRows(normalRows(random, m, shape.documentDims)));
        const heads = drawnHeads(shape, from + 1, 0.4);
        const { batch, positives } = drawnBatch(n, m, from);
        const mappedNow = () => [
          mappedRows(reference(heads.query), toRows(x.data, x.cols)),
          mappedRows(reference(heads.document), toRows(y.data, y.cols)),
        ];
        const valueNow = (): number => {
          const [queries, documents] = mappedNow();
          return shape.sizes.reduce((sum, kept) => {
            const sides = [cutRows(queries, kept), cutRows(documents, kept)] as const;
            return sum + adapterInfoNce(...sides, positives, batch.ids, SCALE);
          }, 0);
        };
        const smallest = shape.sizes[shape.sizes.length - 1];
        const rows = mappedNow().flat();
        fc.pre(rows.every((row) => Math.hypot(...row.slice(0, smallest)) >= SHORTEST));
        const before = liveResources();
        const step = trainingStep(heads, x, y, { objective: 'cpc', scale: SCALE, sizes: shape.sizes, deterministic });
        const value = step.run(batch);
        step.dispose();
        expect(liveResources()).toBe(before);
        expectClose(value, valueNow(), { absolute: 1e-5, relative: 1e-5 }, 'value');
        for (const tensor of headTensors(heads)) {
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
      }),
      { ...runs, numRuns: 15 },
    );
  });
});

describe.each(['all', 'batch', 'mined'])('a step with negatives %s', (kind) => {
  it('has the value and gradient of its definition over the documents that are named', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 12 }), size, seed, (n, dims, from) => {
        const data = drawnRelevance(n, 2 * n, dims, from);
        const { queries, documents, relevance, documentTwins } = data;
        const rows = Array.from({ length: n }, (_, i) => i);
        const among = relevantDocuments(relevance, rows);
        const mined = hardNegatives(data, rows, among, { mine: 2, relativeMargin: 0.05 }, { deterministic: true });
        const candidates = { all: allCandidates(relevance, rows, n * n), batch: batchCandidates(relevance) }[kind];
        const source = candidates ?? minedCandidates(relevance, mined);
        const batches = batchSource({
          relevance,
          queries: rows,
          documentTwins,
          batch: 3,
          candidates: source,
          seed: from,
        });
        const heads = drawnHeads(shapeOf(dims, 'query', null), from, 0.3);
        const [w] = headTensors(heads);
        const step = trainingStep(heads, queries, documents, {
          ...{ objective: 'cpc', scale: SCALE, sizes: [dims], deterministic: true },
        });
        try {
          for (const batch of batches(0)) {
            const named = new Set(relevantDocuments(relevance, kind === 'all' ? rows : batch.queries));
            if (kind === 'mined') for (const row of batch.queries) for (const d of mined.get(row) ?? []) named.add(d);
            const y = [...named].map((document) => toRows(documents.data, dims)[document]);
            const positives = batch.queries.map((row) => {
              const total = relevance[row].reduce((sum, { grade }) => sum + grade, 0);
              return relevance[row].map(({ document, grade }) => ({
                candidate: [...named].indexOf(document),
                weight: grade / total,
              }));
            });
            const ids = [...named].map((document) => documentTwins[document]);
            const valueNow = (): number => {
              const x = batch.queries.map((row) => toRows(queries.data, dims)[row]);
              return adapterInfoNce(cutRows(mappedRows(reference(heads.query), x), dims), y, positives, ids, SCALE);
            };
            w.gradient.fill(0);
            expectClose(step.run(batch), valueNow(), { absolute: 1e-5, relative: 1e-5 }, 'value');
            const at = seededRandom(from + 3).below(w.data.length);
            const own = w.data;
            const wanted = scalarDifference((moved) => {
              Object.assign(w, { data: Float64Array.from(own).with(at, moved) });
              const result = valueNow();
              Object.assign(w, { data: own });
              return result;
            }, own[at]);
            expectClose(w.gradient[at], wanted, { absolute: 3e-5, relative: 1e-3 }, `dW[${at}]`);
          }
        } finally {
          step.dispose();
        }
      }),
      runs,
    );
  });
});

import { type Adapter, adapterOf } from '../../ts/adapters/adapter.js';
import { type Adapt, createHeads, type Heads, type HeadsShape, headTensors } from '../../ts/adapters/heads/heads.js';
import { seededRandom } from '../support/random.js';

/** The shape of heads that add to vectors, unless `more` says otherwise. */
export function shapeOf(dims: number, adapt: Adapt, rank: number | null, more: Partial<HeadsShape> = {}): HeadsShape {
  const head = rank === null ? 'full' : 'low-rank';
  return { adapt, head, dims, documentDims: dims, sizes: [dims], rank, hidden: null, ...more };
}

/** One shape of each kind of head that a file may hold, for vectors of `dims` numbers, at least 4. */
export function everyShape(dims: number): readonly HeadsShape[] {
  const sides = ['query', 'document', 'shared', 'both'] as const;
  const more = dims + 3;
  return [
    ...sides.flatMap((adapt) => [shapeOf(dims, adapt, null), shapeOf(dims, adapt, 2)]),
    ...sides.map((adapt) => shapeOf(dims, adapt, null, { head: 'mlp', hidden: 5 })),
    shapeOf(dims, 'shared', null, { head: 'map', sizes: [3] }),
    shapeOf(dims, 'both', null, { head: 'map', documentDims: more, sizes: [4, 2, 1] }),
    shapeOf(dims, 'query', null, { head: 'map', documentDims: more, sizes: [more] }),
    shapeOf(dims, 'document', null, { head: 'map', documentDims: more, sizes: [dims] }),
  ];
}

/** Heads of normal numbers of this size, which are far from where they begin. */
export function drawnHeads(shape: HeadsShape, from: number, size = 1): Heads {
  const heads = createHeads(shape, from);
  const random = seededRandom(from);
  for (const { data } of headTensors(heads)) for (let i = 0; i < data.length; i++) data[i] = size * random.normal();
  return heads;
}

/** An adapter of normal numbers. */
export function drawnAdapter(
  dims: number,
  adapt: Adapt,
  rank: number | null,
  from: number,
  more: Partial<HeadsShape> = {},
): Adapter {
  const shape = shapeOf(dims, adapt, rank, more);
  return adapterOf(drawnHeads(shape, from), {
    ...{ ...shape, model: 'mini', prefix: 'query: ', normalisation: 'l2', maxDrift: null },
    metrics: { 'recall@1': 0.5 },
    calibration: null,
  });
}

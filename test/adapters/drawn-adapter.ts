import { type Adapter, adapterOf } from '../../ts/adapters/adapter.js';
import { type Adapt, identityHeads, residualsOf } from '../../ts/adapters/heads.js';
import { seededRandom } from '../support/random.js';

/** An adapter of normal numbers, which is far from the identity. */
export function drawnAdapter(dims: number, adapt: Adapt, rank: number | null, from: number): Adapter {
  const heads = identityHeads(adapt, dims, rank, from);
  const random = seededRandom(from);
  for (const { tensors } of residualsOf(heads)) {
    for (const { data } of tensors) for (let i = 0; i < data.length; i++) data[i] = random.normal();
  }
  return adapterOf(heads, {
    ...{ model: 'mini', prefix: 'query: ', dims, normalisation: 'l2', adapt, rank, maxDrift: null },
    metrics: { 'recall@1': 0.5 },
  });
}

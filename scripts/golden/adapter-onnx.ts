// Prints ONNX models of adapters as JSON, for adapter_onnx.py to run.
import '../../ts/entries/node.js';
import { drawnAdapter } from '../../test/adapters/drawn-adapter.js';

const cases = [
  { dims: 1, adapt: 'query', rank: null, from: 1, side: 'query' },
  { dims: 5, adapt: 'query', rank: null, from: 2, side: 'query' },
  { dims: 5, adapt: 'query', rank: null, from: 2, side: 'document' },
  { dims: 7, adapt: 'both', rank: 3, from: 3, side: 'document' },
  { dims: 16, adapt: 'shared', rank: 2, from: 4, side: 'query' },
  { dims: 6, adapt: 'query', rank: null, from: 5, side: 'query', more: { head: 'mlp', hidden: 9 } },
  { dims: 6, adapt: 'shared', rank: null, from: 6, side: 'document', more: { head: 'map', sizes: [4, 2] } },
  { dims: 6, adapt: 'both', rank: null, from: 7, side: 'document', more: { head: 'map', documentDims: 8, sizes: [5] } },
  {
    dims: 6,
    adapt: 'document',
    rank: null,
    from: 8,
    side: 'document',
    more: { head: 'map', documentDims: 4, sizes: [6] },
  },
] as const;

const models = cases.map((one) => {
  const more = 'more' in one ? one.more : {};
  const bytes = drawnAdapter(one.dims, one.adapt, one.rank, one.from, more).toONNX(one.side);
  return { ...one, more, onnx: Buffer.from(bytes).toString('base64') };
});
process.stdout.write(JSON.stringify(models));

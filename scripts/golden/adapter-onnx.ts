// Prints ONNX models of adapters as JSON, for adapter_onnx.py to run.
import '../../ts/entries/node.js';
import { drawnAdapter } from '../../test/adapters/drawn-adapter.js';

const cases = [
  { dims: 1, adapt: 'query', rank: null, from: 1, side: 'query' },
  { dims: 5, adapt: 'query', rank: null, from: 2, side: 'query' },
  { dims: 5, adapt: 'query', rank: null, from: 2, side: 'document' },
  { dims: 7, adapt: 'both', rank: 3, from: 3, side: 'document' },
  { dims: 16, adapt: 'shared', rank: 2, from: 4, side: 'query' },
] as const;

const models = cases.map((one) => {
  const bytes = drawnAdapter(one.dims, one.adapt, one.rank, one.from).toONNX(one.side);
  return { ...one, onnx: Buffer.from(bytes).toString('base64') };
});
process.stdout.write(JSON.stringify(models));

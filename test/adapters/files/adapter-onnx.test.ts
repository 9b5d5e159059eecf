import { describe, expect, it } from 'vitest';
import { expectClose } from '../../support/close.js';
import { readGolden } from '../../support/golden.js';
import { drawnAdapter } from '../drawn-adapter.js';

describe('an adapter as ONNX', () => {
  it.each(readGolden('adapter-onnx').cases.map((golden, i) => [i, golden] as const))(
    'is the model that onnxruntime ran, with the same outputs, case %i',
    (_, { dims, adapt, rank, from, more, side, onnx, vectors, adapted }) => {
      const adapter = drawnAdapter(dims, adapt, rank, from, more);
      expect(Buffer.from(adapter.toONNX(side)).toString('base64')).toBe(onnx);
      const found = vectors.map((row) => [...(side === 'query' ? adapter.query(row) : adapter.document(row))]);
      expectClose(found, adapted, { absolute: 1e-6 });
    },
  );
});

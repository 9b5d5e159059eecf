import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../ts/data/safetensors.js';
import { encoderToONNX } from '../../ts/training/export-encoder.js';
import { ShapeError } from '../../ts/wasm/errors.js';
import { VERSION } from '../../ts/wasm/version.js';
import { expectClose } from '../support/close.js';
import { drawnModel, modelOf, rowsFor } from '../support/drawn-encoder.js';
import { isPythonMissing, pythonProcess } from '../support/python.js';
import { inOnnxRuntime, inTorch, ONNX_PROGRAM, torchProgram } from '../support/python-encoders.js';

/** Sums of a few hundred float32 terms in other orders, a layer after the other. */
const CLOSE = { absolute: 1e-5, relative: 1e-5 };

describe.skipIf(isPythonMissing)('a native encoder', () => {
  const runtime = pythonProcess(ONNX_PROGRAM);
  const torch = pythonProcess(torchProgram);

  it('gives the same embeddings in onnxruntime, for batches of any size', async () => {
    await fc.assert(
      fc.asyncProperty(drawnModel, fc.constantFrom('x' as const, 'y' as const), async (drawn, side) => {
        const model = modelOf(drawn);
        const bytes = encoderToONNX(model, side);
        for (const count of [1, 6]) {
          const rows = rowsFor(model, side, count, drawn.seed);
          const expected = side === 'x' ? model.embedX(rows) : model.embedY(rows);
          const { output, metadata } = await inOnnxRuntime(runtime, bytes, rows.data, [count, rows.cols]);
          expectClose(output, expected.data, CLOSE);
          expect(metadata).toEqual({ side, objective: 'cpc', critic: 'bilinear', temperature: '1', version: VERSION });
        }
        model.dispose();
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same embeddings in the PyTorch module of docs/tfjs.md', async () => {
    await fc.assert(
      fc.asyncProperty(drawnModel, fc.constantFrom('x' as const, 'y' as const), async (drawn, side) => {
        const model = modelOf(drawn);
        const rows = rowsFor(model, side, 6, drawn.seed);
        const expected = side === 'x' ? model.embedX(rows) : model.embedY(rows);
        const output = await inTorch(torch, model.exportEncoder(side), rows.data, [6, rows.cols]);
        expectClose(output, expected.data, CLOSE);
        model.dispose();
      }),
      { numRuns: 40 },
    );
  });
});

describe('exportEncoder', () => {
  it('names only what is of its side, standardisation too', () => {
    const drawn = { x: 3, y: 5, encoder: '4-2', activation: 'relu', bias: true, isShared: false, seed: 1 } as const;
    const model = modelOf({ ...drawn, isStandardised: true });
    const { tensors, metadata } = readSafetensors(model.exportEncoder('y'));
    const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      'standardise.mean': [5],
      'standardise.scale': [5],
      '0.weight': [4, 5],
      '0.bias': [4],
      '1.weight': [2, 4],
      '1.bias': [2],
    });
    expect(JSON.parse(metadata.torch ?? '')).toEqual([['Linear', 5, 4, true], ['relu'], ['Linear', 4, 2, true]]);
    expect(() => model.exportEncoder('z' as 'x')).toThrow(ShapeError);
    expect(() => encoderToONNX(model, 'query' as 'x')).toThrow(ShapeError);
    const tfjs = { x: { topology: null, inputShape: [3], planes: false }, y: null };
    const source = { ...model, spec: { ...model.spec, tfjs } };
    expect(() => encoderToONNX(source, 'x')).toThrow('layersToONNX');
  });
});

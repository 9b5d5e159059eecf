import { describe, expect, it } from 'vitest';
import { bilinear } from '../../ts/critics/bilinear.js';
import { distance } from '../../ts/critics/distance.js';
import { joint } from '../../ts/critics/joint.js';
import { readSafetensors } from '../../ts/data/safetensors.js';
import { wdmAll } from '../../ts/entries/node.js';
import { fit } from '../../ts/training/fit.js';
import type { FitOptions } from '../../ts/training/fit-options.js';
import { createModel, loadModel, type Model } from '../../ts/training/model.js';
import { CheckpointError, DataError, OptionsError, ShapeError, StateError } from '../../ts/wasm/errors.js';
import type { Matrix } from '../../ts/wasm/matrix.js';
import { scores } from '../reference/scores.js';
import { expectClose } from '../support/close.js';
import { gaussianPairs } from './gaussian-pairs.js';

async function trained(more: Partial<FitOptions> = {}): Promise<Model> {
  const pairs = gaussianPairs(64, 7, 1);
  const options = {
    pairs,
    encoder: '5-3',
    batch: 8,
    steps: 10,
    seed: 1,
    deterministic: true,
    objective: 'cpc' as const,
  };
  return (await fit({ ...options, ...more })).model;
}

const recipe = (rows: number): Matrix => ({
  data: Float32Array.from({ length: rows * 7 }, (_, at) => ((3 * Math.floor(at / 7) + 5 * (at % 7)) % 7) - 3),
  rows,
  cols: 7,
});

const rowsOf = ({ data, rows, cols }: Matrix) =>
  Array.from({ length: rows }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)]);

function part({ data, cols }: Matrix, from: number, to: number): Matrix {
  return { data: data.slice(from * cols, to * cols), rows: to - from, cols };
}

describe('a model', () => {
  it('E2: embeds a row the same, bit for bit, whatever rows travel with it', async () => {
    const model = await trained();
    const x = recipe(13);
    const whole = rowsOf(model.embedX(x));
    const alone = whole.map((_, i) => rowsOf(model.embedX(part(x, i, i + 1)))[0]);
    const split = (at: number) => [...rowsOf(model.embedX(part(x, 0, at))), ...rowsOf(model.embedX(part(x, at, 13)))];
    const reversed = rowsOf(model.embedX(rowsOf(x).reverse())).reverse();
    for (const other of [alone, split(4), split(8), reversed]) expect(other).toEqual(whole);
  });

  it('L3: embedding 1,000 times changes nothing, and neither does saving and loading', async () => {
    const model = await trained({ critic: 'distance', lipschitz: 'orthonormal', encoder: '6-4', objective: 'wpc' });
    const [x, before] = [recipe(5), model.toBytes()];
    const first = model.embedX(x).data;
    for (let i = 0; i < 1000; i++) expect(model.embedX(x).data).toEqual(first);
    model.certify();
    expect(model.toBytes()).toEqual(before);
    expect(loadModel(before, { deterministic: true }).embedX(x).data).toEqual(first);
  });

  it('P4: holds dense weights as [out, in], and computes with them so', async () => {
    const { spec } = await trained({ pairs: gaussianPairs(64, 3, 1), encoder: '2' });
    const weight = { name: 'encoder.x.0.weight', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const bias = { name: 'encoder.x.0.bias', shape: [2], data: Float32Array.of(0.5, -0.5) };
    const other = [weight, bias].map((tensor) => ({ ...tensor, name: tensor.name.replace('.x.', '.y.') }));
    const model = createModel(spec, [weight, bias, ...other], null, { deterministic: true });
    expect([...model.embedX([[1, 0, -1]]).data]).toEqual([-1.5, -2.5]);
    const file = readSafetensors(model.exportEncoder('x'));
    expect(file.tensors.get('0.weight')).toMatchObject({ shape: [2, 3], data: weight.data });
    expect(file.tensors.get('0.bias')).toMatchObject({ shape: [2], data: bias.data });
  });

  it.each(['separable', 'cosine', 'distance', 'squared-distance', 'joint'] as const)(
    'scores pairs and ranks candidates by the %s critic',
    async (critic) => {
      const model = await trained({ critic });
      const [x, y] = [recipe(4), recipe(9)];
      const { indices, scores, k } = model.topK(x, y, 9);
      expect(k).toBe(9);
      const paired = model.score(x, part(y, 0, 4));
      for (let i = 0; i < 4; i++) {
        const row = [...scores.subarray(i * 9, (i + 1) * 9)];
        expect(row).toEqual([...row].sort((a, b) => b - a));
        expect(row[indices.subarray(i * 9, (i + 1) * 9).indexOf(i)]).toBe(paired[i]);
        expect(new Set(indices.subarray(i * 9, (i + 1) * 9)).size).toBe(9);
      }
    },
  );

  it('scores with the weights of a bilinear critic', async () => {
    const model = await trained({ critic: bilinear({ temperature: 2 }) });
    const weights = model.tensors().find(({ name }) => name === 'critic.weight');
    const [x, y] = [recipe(1), part(recipe(2), 1, 2)];
    const [g, h] = [model.embedX(x).data, model.embedY(y).data];
    const expected =
      g.reduce(
        (sum, gi, i) => sum + h.reduce((row, hj, j) => row + gi * (weights?.data[i * h.length + j] ?? 0) * hj, 0),
        0,
      ) / 2;
    expect(model.score(x, y)[0]).toBeCloseTo(expected, 5);
  });

  it('scores with the layers of a joint critic, which has the shapes of PyTorch and the seed of its run', async () => {
    const critic = joint({ hidden: [7, 5], temperature: 2 });
    const model = await trained({ critic, seed: 3, objective: 'nwj' });
    const tensors = model.tensors().filter(({ name }) => name.startsWith('critic.'));
    expect(tensors.map(({ name }) => name)).toEqual(
      [0, 1, 2].flatMap((layer) => [`critic.${layer}.weight`, `critic.${layer}.bias`]),
    );
    const [x, y] = [recipe(3), recipe(3)];
    const [G, H] = [rowsOf(model.embedX(x)), rowsOf(model.embedY(y))];
    expect(tensors.map(({ shape }) => shape)).toEqual([[7, G[0].length + H[0].length], [7], [5, 7], [5], [1, 5], [1]]);
    const layers = [0, 1, 2].map((l) => {
      const { data, shape } = tensors[2 * l];
      return { weights: rowsOf({ data, rows: shape[0], cols: shape[1] }), bias: [...tensors[2 * l + 1].data] };
    });
    const right = scores({ name: 'joint', temperature: 2, layers }, G, H);
    expectClose(
      model.score(x, y),
      right.map((row, i) => row[i]),
      { absolute: 1e-5, relative: 1e-5 },
    );
    const loaded = loadModel(model.toBytes(), { deterministic: true });
    expect(loaded.score(x, y)).toEqual(model.score(x, y));
    const other = await trained({ critic, seed: 4, objective: 'nwj' });
    expect(other.tensors().find(({ name }) => name === 'critic.0.weight')?.data).not.toEqual(tensors[0].data);
  });

  it('certifies a distance critic over orthonormal encoders, and says why a dot product has no constant', async () => {
    const certified = await trained({ critic: 'distance', lipschitz: 'orthonormal', encoder: '6-4', objective: 'wpc' });
    const { constant } = certified.certify('sum');
    expect(constant).toBeGreaterThan(0.5);
    expect(constant).toBeLessThan(1.001);
    const none = (await trained()).certify();
    expect(none).toMatchObject({ constant: null, reason: expect.stringContaining('not Lipschitz') });
  });

  it('certifies the parts, and other critics over inputs within radii', async () => {
    const model = await trained({ critic: distance({ temperature: 0.5 }), lipschitz: 'orthonormal', encoder: '6-4' });
    const { constant, encoders, critic } = model.certify('l2');
    expect(encoders.x).toBeCloseTo(1, 3);
    expect(critic).toEqual({ x: 2, y: 2 });
    expect(constant).toBeCloseTo(2 * Math.hypot(encoders.x, encoders.y), 10);
    const dot = await trained({ critic: 'separable', lipschitz: 'orthonormal', encoder: '6-4' });
    expect(dot.certify()).toMatchObject({ constant: null, critic: null });
    const local = dot.certify({ metric: 'sum', within: { x: 3, y: 5 } });
    expect(local.constant).toBeGreaterThan(3);
    expect(local.constant).toBeLessThan(8);
    expect(() => dot.certify({ within: { x: Number.NaN, y: 1 } })).toThrow(OptionsError);
    // @ts-expect-error: no metric
    expect(() => dot.certify('euclidean')).toThrow(/metric must be sum or l2, got euclidean/);
  });

  it('certifies nothing of a sample that lies beyond the radii', async () => {
    const dot = await trained({ critic: 'separable', lipschitz: 'orthonormal', encoder: '6-4' });
    const [x, y] = [recipe(9), recipe(9)];
    const [xLongest, yLongest] = [x, y].map((rows) => Math.max(...rowsOf(rows).map((row) => Math.hypot(...row))));
    const bound = dot.w1Bound(x, y, { within: { x: xLongest, y: yLongest } });
    expect(bound.lowerBound).not.toBeNull();
    for (const within of [
      { x: 0.99 * xLongest, y: yLongest },
      { x: xLongest, y: 0.99 * yLongest },
    ]) {
      expect(() => dot.w1Bound(x, y, { within })).toThrow(DataError);
      expect(() => dot.w1Bound(x, y, { within })).toThrow(/as the encoder sees it: more than within\.[xy]/);
    }
  });

  it.each(['sum', 'l2'] as const)(
    'bounds W1 of a sample in the %s metric, below the exact distance',
    async (metric) => {
      const model = await trained({ critic: 'distance', lipschitz: 'orthonormal', encoder: '6-4', objective: 'wdm' });
      const [x, y] = [recipe(9), recipe(9)];
      const bound = model.w1Bound(x, y, metric);
      const expected = wdmAll(model.embedX(x), model.embedY(y), { critic: 'distance' }).value;
      expect(bound).toMatchObject({ pairs: 9, metric });
      expect(bound.wdm).toBeCloseTo(expected, 6);
      const quotient = Math.max(0, expected) / (bound.lipschitzConstant ?? Number.NaN);
      expect(bound.lowerBound).toBeCloseTo(quotient, 4);
      // Less what rounding may have added.
      expect(bound.lowerBound).toBeLessThanOrEqual(quotient);
      expect(bound.steepest).toBeGreaterThan(0);
      expect(bound.steepest).toBeLessThanOrEqual((bound.lipschitzConstant ?? 0) * (1 + 1e-3));
      expect(() => model.w1Bound(x, recipe(8))).toThrow(ShapeError);
      expect((await trained()).w1Bound(x, y)).toMatchObject({ lipschitzConstant: null, lowerBound: null });
    },
  );

  it('P1: refuses files that are damaged or something else', async () => {
    const model = await trained();
    const bytes = model.toBytes();
    const half = bytes.slice(0, bytes.length >> 1);
    for (const bad of [new Uint8Array(0), half, bytes.slice(0, -1), model.exportEncoder('x')]) {
      expect(() => loadModel(bad)).toThrow(CheckpointError);
    }
    expect(() => loadModel(bytes)).not.toThrow();
  });

  it('refuses other widths, NaN, a k out of range, and use after dispose', async () => {
    const model = await trained();
    expect(() => model.embedX([[1, 2]])).toThrow(ShapeError);
    expect(() => model.embedX([[1, 2, Number.NaN, 4, 5, 6, 7]])).toThrow(DataError);
    expect(() => model.topK(recipe(2), recipe(2), 3)).toThrow(OptionsError);
    expect(model.embedX(recipe(2)).rows).toBe(2);
    model.dispose();
    expect(() => model.embedX(recipe(2))).toThrow(StateError);
  });
});

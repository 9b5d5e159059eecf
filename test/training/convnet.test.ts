import { describe, expect, it } from 'vitest';
import { distance } from '../../ts/critics/distance.js';
import { arrayPairs } from '../../ts/data/array-pairs.js';
import type { PairSource } from '../../ts/data/pair-source.js';
import { readSafetensors, writeSafetensors } from '../../ts/data/safetensors.js';
import { viewPairs } from '../../ts/data/view-pairs.js';
import type { LipschitzName } from '../../ts/lipschitz/lipschitz.js';
import { fit } from '../../ts/training/fit.js';
import { type FitOptions, trainerSpec } from '../../ts/training/fit-options.js';
import { createModel, loadModel } from '../../ts/training/model.js';
import { CheckpointError, ShapeError } from '../../ts/wasm/errors.js';
import { matrix } from '../../ts/wasm/matrix.js';
import { expectClose } from '../support/close.js';
import { seededRandom } from '../support/random.js';

const SIDE = 8;

/** Pairs of images, of `channels` by pixels: a bright bar at one of four places, moved down by two rows in y. */
function bars(channels = 1, count = 128): PairSource {
  const random = seededRandom(4);
  const size = SIDE * SIDE * channels;
  const [x, y] = [new Float32Array(count * size), new Float32Array(count * size)];
  for (let i = 0; i < count; i++) {
    const row = Math.floor(random.uniform() * 4);
    for (let at = 0; at < size; at++) {
      const own = Math.floor(at / (SIDE * channels));
      x[i * size + at] = (own === row ? 1 : 0) + 0.1 * random.normal();
      y[i * size + at] = (own === row + 2 ? 1 : 0) + 0.1 * random.normal();
    }
  }
  const shape = { channels, height: SIDE, width: SIDE, order: 'pixels' } as const;
  const pairs = { x: matrix(x, count, size), y: matrix(y, count, size) };
  return arrayPairs(channels === 1 ? pairs : { ...pairs, xShape: shape, yShape: shape });
}

const small = (more: Partial<FitOptions> = {}): FitOptions => ({
  pairs: bars(),
  encoder: 'c4k4s2p1-c8k3s2p1-16-4',
  batch: 16,
  steps: 100,
  learningRate: 2e-3,
  seed: 1,
  deterministic: true,
  ...more,
});

describe('convolutional encoders', () => {
  it.each([
    ['none', 'cpc', 'bilinear'],
    ['gradient-penalty', 'wpc', 'separable'],
    ['spectral', 'wpc', 'distance'],
    ['orthonormal', 'wpc', 'distance'],
  ] as const)('learn under the constraint %s', async (lipschitz, objective, critic) => {
    const { history, model } = await fit(small({ lipschitz, objective, critic: resolved(critic) }));
    const mean = (from: number) => history.slice(from, from + 10).reduce((all, { value }) => all + value / 10, 0);
    expect(mean(90)).toBeGreaterThan(mean(0) + 0.1);
    const { constant } = model.certify();
    // Norms of at most 1, at temperature 0.1; a dot product has no constant.
    if (critic === 'distance') expect(constant).toBeLessThanOrEqual(10.001);
    else expect(constant).toBeNull();
  });

  it('come back from a file, which the first readers refuse, with weights in PyTorch shapes', async () => {
    const { model } = await fit(small({ steps: 5, pairs: bars(3) }));
    const bytes = model.toBytes();
    const x = matrix(
      Float32Array.from({ length: 7 * 192 }, (_, at) => Math.sin(at)),
      7,
      192,
    );
    expect(loadModel(bytes, { deterministic: true }).embedX(x).data).toEqual(model.embedX(x).data);
    const file = readSafetensors(bytes);
    expect(file.metadata.format).toBe('kantorovich 2');
    expect(file.tensors.get('encoder.x.0.weight')?.shape).toEqual([4, 3, 4, 4]);
    expect(file.tensors.get('encoder.x.1.weight')?.shape).toEqual([8, 4, 3, 3]);
    expect(file.tensors.get('encoder.y.2.weight')?.shape).toEqual([16, 8 * 2 * 2]);
    expect(readSafetensors(model.exportEncoder('y')).tensors.get('0.bias')?.shape).toEqual([4]);
    const dense = await fit(small({ steps: 1, encoder: '8-4' }));
    expect(readSafetensors(dense.model.toBytes()).metadata.format).toBe('kantorovich 1');
  });

  it.each([
    ['no image', { layers: [] }],
    ['no layers', { image: { channels: 1, height: 8, width: 8 } }],
    ['a layer without a kernel', { image: { channels: 1, height: 8, width: 8 }, layers: [{ channels: 4 }] }],
    ['another order', { image: { channels: 1, height: 8, width: 8, order: 'rows' }, layers: [] }],
  ])('do not come back from a file with %s', async (_, xConvolutions) => {
    const { model } = await fit(small({ steps: 1 }));
    const { tensors, metadata } = readSafetensors(model.toBytes());
    const spec = JSON.stringify({ ...JSON.parse(metadata.spec ?? ''), xConvolutions });
    expect(() => loadModel(writeSafetensors(tensors, { ...metadata, spec }))).toThrow(CheckpointError);
  });

  it('go on from a checkpoint bit for bit', async () => {
    let saved = new Uint8Array();
    const save = (bytes: Uint8Array) => {
      if (saved.length === 0) saved = bytes.slice();
    };
    const options = small({ steps: 12, critic: 'distance', lipschitz: 'spectral' });
    const whole = await fit({ ...options, checkpoint: { every: 5, save } });
    const resumed = await fit({ ...options, resume: saved });
    expect(resumed.model.toBytes()).toEqual(whole.model.toBytes());
  });

  it('embed a row of three channels alike by planes and by pixels', async () => {
    const { model } = await fit(small({ steps: 3, pairs: bars(3) }));
    const byPlanes = JSON.parse(JSON.stringify(model.spec).replaceAll('"order":"pixels"', '"order":"planes"'));
    const other = createModel(byPlanes, model.tensors(), null, { deterministic: true });
    const pixels = Float32Array.from({ length: 192 }, (_, at) => Math.cos(at * at));
    const planes = pixels.map((_, at) => pixels[(at % 64) * 3 + Math.floor(at / 64)] ?? 0);
    const [left, right] = [model.embedX(matrix(pixels, 1, 192)), other.embedX(matrix(planes, 1, 192))];
    expectClose([...left.data], [...right.data], { absolute: 1e-5 });
  });
});

/** A critic's name, or the distance critic at a temperature that lets values rise. */
const resolved = (name: 'separable' | 'bilinear' | 'distance') =>
  name === 'distance' ? distance({ temperature: 0.1 }) : name;

describe('the shape of images', () => {
  const spec = (more: Partial<FitOptions>) => trainerSpec(small(more)).xConvolutions?.image;
  const size = { channels: 1, height: SIDE, width: SIDE };

  it('is what is told, else what the source says, else one square channel', () => {
    expect(spec({})).toEqual(size);
    expect(spec({ imageShape: '4x4x4' })).toEqual({ channels: 4, height: 4, width: 4 });
    expect(spec({ imageShape: { x: { channels: 2, height: 8, width: 4 }, y: '1x8x8' } })?.channels).toBe(2);
    expect(spec({ pairs: bars(3) })).toEqual({ ...size, channels: 3, order: 'pixels' });
    expect(spec({ pairs: bars(3), imageShape: '3x8x8' })?.order).toBeUndefined();
    const images = { width: 6, height: 4, channels: 3 as const, rows: matrix(new Float32Array(2 * 72), 2, 72) };
    expect(spec({ pairs: viewPairs(images) })).toEqual({ channels: 3, height: 4, width: 6, order: 'pixels' });
    expect(spec({ encoder: 'mlp' })).toBeUndefined();
  });

  it('is asked for where it cannot be guessed, and must fit', () => {
    const rows = { ...bars(), xDim: 60 };
    expect(() => spec({ pairs: rows })).toThrow(ShapeError);
    expect(() => spec({ pairs: rows })).toThrow('imageShape, --image-shape');
    expect(() => spec({ imageShape: '1x8x9' })).toThrow('1 x 8 x 9 have 72 numbers, rows have 64');
  });

  it('must be as large as the kernels that run over it', async () => {
    const run = fit(small({ encoder: 'c4k9-4' }));
    await expect(run).rejects.toThrow('c4k9s1p0 does not fit images of 1 x 8 x 8');
  });
});

describe('the encoder lipschitz', () => {
  it('is orthonormal with maxmin unless told', () => {
    const spec = (more: Partial<FitOptions>) => trainerSpec(small({ encoder: 'lipschitz', ...more }));
    expect(spec({})).toMatchObject({
      lipschitz: { name: 'orthonormal' },
      activation: 'maxmin',
      initialisation: 'orthogonal',
      xWidths: [64, 256, 256, 64],
    });
    const told: LipschitzName = 'spectral';
    expect(spec({ lipschitz: told }).lipschitz.name).toBe(told);
    expect(spec({ activation: 'groupsort' }).activation).toBe('groupsort');
  });

  // No layer is wider than what it reads: 256 inputs, or 4 and 16 numbers a patch where patches do not overlap.
  it.each(['lipschitz', 'c4k2s2-c16k2s2-64'])('keeps gradients of norm near 1, and none above: %s', async (encoder) => {
    const random = seededRandom(9);
    const rows = Float32Array.from({ length: 128 * 256 }, () => random.normal());
    const x = matrix(rows, 128, 256);
    const pairs = arrayPairs({
      x,
      y: matrix(
        rows.map((value) => value + 0.5 * random.normal()),
        128,
        256,
      ),
    });
    const options = { pairs, encoder, lipschitz: 'orthonormal', critic: resolved('distance'), steps: 60 } as const;
    const { model } = await fit(small(options));
    const norms = Array.from({ length: 4 }, (_, i) =>
      jacobianNorm((moved) => model.embedX(matrix(moved, 256, 256)).data, rows.subarray(i * 256, (i + 1) * 256)),
    );
    for (const norm of norms) {
      expect(norm).toBeGreaterThan(0.97);
      expect(norm).toBeLessThan(1.001);
    }
  });
});

/** The root mean square of the lengths of an embedding's gradients, an output each, by central differences. */
function jacobianNorm(embed: (rows: Float32Array) => Float32Array, x: Float32Array): number {
  const step = 1e-2;
  const moved = (by: number) => {
    const rows = new Float32Array(x.length * x.length);
    for (let k = 0; k < x.length; k++) {
      rows.set(x, k * x.length);
      rows[k * x.length + k] += by;
    }
    return embed(rows);
  };
  const [up, down] = [moved(step), moved(-step)];
  const outputs = up.length / x.length;
  const square = up.reduce((all, value, at) => all + ((value - (down[at] ?? 0)) / (2 * step)) ** 2, 0);
  return Math.sqrt(square / outputs);
}

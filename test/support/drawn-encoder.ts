import fc from 'fast-check';
import { arrayPairs } from '../../ts/data/array-pairs.js';
import { fitStandardiser } from '../../ts/data/standardise.js';
import type { Activation } from '../../ts/encoders/encoder.js';
import { trainerSpec } from '../../ts/training/fit-options.js';
import { createModel, type Model } from '../../ts/training/model.js';
import { type Matrix, matrix } from '../../ts/wasm/matrix.js';
import { createTrainer } from '../../ts/wasm/trainer.js';
import type { ImageShape } from '../../ts/wasm/trainer-spec.js';
import type { NamedTensor } from '../../ts/wasm/trainer-tensors.js';
import { seededRandom } from './random.js';

/** A native model with drawn weights and biases, as plain data. */
export interface DrawnModel {
  /** Widths of x without convolutions, or the shape of its images. */
  readonly x: number | ImageShape;
  readonly y: number | ImageShape;
  readonly encoder: string;
  readonly activation: Activation;
  readonly bias: boolean;
  readonly isShared: boolean;
  readonly isStandardised: boolean;
  readonly seed: number;
}

const hidden = fc.constantFrom(4, 8, 12, 20, 64);
const kernel = fc.integer({ min: 1, max: 4 });
const common = {
  activation: fc.constantFrom<Activation>('relu', 'leaky-relu', 'maxmin', 'groupsort'),
  bias: fc.boolean(),
  isShared: fc.boolean(),
  isStandardised: fc.boolean(),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  widths: fc.array(hidden, { maxLength: 2 }),
  embedding: fc.integer({ min: 2, max: 17 }),
};

const dense = fc
  .record({ ...common, x: fc.integer({ min: 1, max: 40 }), y: fc.integer({ min: 1, max: 40 }) })
  .map(({ widths, embedding, ...rest }): DrawnModel => ({ ...rest, encoder: [...widths, embedding].join('-') }));

const image = fc.record({
  channels: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 7, max: 11 }),
  width: fc.integer({ min: 7, max: 11 }),
  order: fc.constantFrom('planes' as const, 'pixels' as const),
});

const convolution = fc
  .record({ channels: hidden, kernel, stride: fc.integer({ min: 1, max: 3 }), padding: fc.nat({ max: 3 }) })
  .map(({ channels, kernel, stride, padding }) => `c${channels}k${kernel}s${stride}p${Math.min(padding, kernel - 1)}`);

const convolutional = fc
  .record({ ...common, x: image, y: image, convolutions: fc.array(convolution, { minLength: 1, maxLength: 2 }) })
  .map(
    ({ widths, embedding, convolutions, ...rest }): DrawnModel => ({
      ...rest,
      encoder: [...convolutions, ...widths, embedding].join('-'),
    }),
  );

/** Native models of all kinds, but for those whose kernels are larger than what they run over. */
export const drawnModel: fc.Arbitrary<DrawnModel> = fc.oneof(dense, convolutional).filter((drawn) => {
  try {
    modelOf(drawn).dispose();
    return true;
  } catch {
    return false;
  }
});

const sizeOf = (of: number | ImageShape) => (typeof of === 'number' ? of : of.channels * of.height * of.width);

/** The model that a description draws. */
export function modelOf({ x, encoder, activation, bias, isShared, isStandardised, seed, ...drawn }: DrawnModel): Model {
  const y = isShared ? x : drawn.y;
  const random = seededRandom(seed);
  const rows = (of: number | ImageShape): Matrix =>
    matrix(
      Float32Array.from({ length: 5 * sizeOf(of) }, () => 3 + 2 * random.normal()),
      5,
      sizeOf(of),
    );
  const samples = { x: rows(x), y: rows(y) };
  const spec = trainerSpec({
    pairs: arrayPairs(samples),
    encoder,
    ...(typeof x !== 'number' && typeof y !== 'number' && { imageShape: { x, y } }),
    activation,
    bias,
    shared: isShared,
    objective: 'cpc',
    critic: 'bilinear',
    seed,
  });
  const standardiser = isStandardised ? { x: fitStandardiser(samples.x), y: fitStandardiser(samples.y) } : null;
  const trainer = createTrainer(spec);
  try {
    const parameters = trainer.tensors('export').map(
      (tensor): NamedTensor => ({
        ...tensor,
        data: tensor.name.endsWith('.bias') ? tensor.data.map(() => 0.3 * random.normal()) : tensor.data,
      }),
    );
    return createModel(spec, parameters, standardiser);
  } finally {
    trainer.dispose();
  }
}

/** Rows that a side of a model takes, of the size that its data have. */
export function rowsFor(model: Model, side: 'x' | 'y', count: number, seed: number): Matrix {
  const { xWidths, yWidths } = model.spec;
  const width = (side === 'x' ? xWidths : (yWidths ?? xWidths))[0] ?? 0;
  const random = seededRandom(seed);
  const shift = model.standardiser === null ? 0 : 3;
  return matrix(
    Float32Array.from({ length: count * width }, () => shift + random.normal()),
    count,
    width,
  );
}

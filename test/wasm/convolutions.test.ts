import { describe, expect, it } from 'vitest';
import '../../ts/entries/node.js';
import { matrix } from '../../ts/wasm/matrix.js';
import { createTrainer, type Trainer } from '../../ts/wasm/trainer.js';
import type { ConvolutionsSpec, TrainerSpec } from '../../ts/wasm/trainer-spec.js';
import type { NamedTensor } from '../../ts/wasm/trainer-tensors.js';
import type { Rows } from '../reference/linear-algebra.js';
import { expectClose } from '../support/close.js';
import { type ConvolutionRow, type ConvolutionsCase, type Nested, readGolden } from '../support/golden.js';
import { builds } from '../support/library.js';

/** Plain descent, whose first moments after one step are the gradient. */
function specOf(each: ConvolutionsCase, changed: Partial<TrainerSpec>): TrainerSpec {
  return {
    objective: 'cpc',
    critic: 'separable',
    temperature: each.temperature,
    learnTemperature: false,
    xWidths: [product(each.imageX), ...each.widths],
    yWidths: [product(each.imageY), ...each.widths],
    xConvolutions: convolutions(each.imageX, each.convolutionsX),
    yConvolutions: convolutions(each.imageY, each.convolutionsY),
    activation: each.activation,
    bias: true,
    initialisation: 'he',
    lipschitz: { name: 'none' },
    optimiser: { name: 'sgd', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentum: 0, weightDecay: 0 },
    learningRate: 1e-3,
    schedule: { name: 'constant', warmup: 0 },
    clipNorm: null,
    batch: each.X.length,
    steps: 1,
    seed: 1,
    ...changed,
  };
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);

function convolutions(image: readonly [number, number, number], rows: readonly ConvolutionRow[]): ConvolutionsSpec {
  const [channels, height, width] = image;
  const layers = rows.map(([out, kernel, stride, padding]) => ({ channels: out, kernel, stride, padding }));
  return { image: { channels, height, width }, layers };
}

const flat = (values: Nested): number[] => (typeof values === 'number' ? [values] : values.flatMap(flat));

function shapeOf(values: Nested): number[] {
  return typeof values === 'number' ? [] : [values.length, ...shapeOf(values[0])];
}

function parametersOf(each: ConvolutionsCase): NamedTensor[] {
  return Object.entries(each.parameters).map(([name, values]) => ({
    name,
    shape: shapeOf(values),
    data: new Float32Array(flat(values)),
  }));
}

/** Takes one step on a batch and compares each gradient with PyTorch's. */
function expectGradients(
  trainer: Trainer,
  each: ConvolutionsCase,
  wanted: ConvolutionsCase['gradients'],
  rows: [Rows, Rows],
) {
  trainer.restore(parametersOf(each), null);
  trainer.x().set(rows[0].flat());
  trainer.y().set(rows[1].flat());
  const report = trainer.step();
  const state = new Map(trainer.tensors('state').map(({ name, data }) => [name, data]));
  for (const [name, gradient] of Object.entries(wanted)) {
    const right = flat(gradient);
    const found = state.get(`optimiser.first.${name}`) ?? [];
    // Loss and penalty are descended, values are climbed.
    const sign = wanted === each.gradients ? -1 : 1;
    const largest = Math.max(1e-2, ...right.map(Math.abs));
    const scaled = Array.from(found, (value) => (sign * value) / largest);
    expectClose(
      scaled,
      right.map((value) => value / largest),
      { absolute: 1e-4 },
      `${each.activation}: ${name}`,
    );
  }
  return report;
}

describe.each(builds)('convolutions, %s build', (_, options) => {
  it.each(readGolden('convolutions').cases.map((each, at) => [`${each.activation}, case ${at}`, each] as const))(
    "embed and differentiate as PyTorch's: %s",
    (_name, each) => {
      const trainer = createTrainer(specOf(each, {}), options);
      trainer.restore(parametersOf(each), null);
      expect(trainer.tensors('export').map(({ name, shape }) => [name, shape])).toEqual(
        Object.entries(each.parameters).map(([name, values]) => [name, shapeOf(values)]),
      );
      for (const [side, rows, wanted] of [
        ['x', each.X, each.embeddingsX] as const,
        ['y', each.Y, each.embeddingsY] as const,
      ]) {
        const input = matrix(new Float32Array(rows.flat()), rows.length, rows[0].length);
        expectClose(Array.from(trainer.embed(side, input).data), wanted.flat(), { absolute: 1e-5, relative: 1e-5 });
      }
      const { value } = expectGradients(trainer, each, each.gradients, [each.X, each.Y]);
      expectClose(value, each.value, { absolute: 1e-5 });
      trainer.dispose();
    },
  );

  it.each(readGolden('convolutions').cases.map((each, at) => [`${each.activation}, case ${at}`, each] as const))(
    "have the gradient penalty of PyTorch's double backward: %s",
    (_name, each) => {
      const { coefficient, target } = each;
      // All points between pairs that are one and the same are that pair; and the WDM of such a batch is 0.
      const lipschitz = {
        name: 'gradient-penalty',
        coefficient,
        target,
        sided: 'two',
        points: 2,
        over: 'inputs',
      } as const;
      const trainer = createTrainer(specOf(each, { objective: 'wdm', batch: 2, lipschitz }), options);
      const twice = (rows: Rows): Rows => [rows[0], rows[0]];
      const report = expectGradients(trainer, each, each.penaltyGradients, [twice(each.X), twice(each.Y)]);
      expectClose(report.value, 0, { absolute: 1e-5 });
      expectClose(report.penalty, each.penalty, { absolute: 1e-4, relative: 1e-4 });
      trainer.dispose();
    },
  );
});

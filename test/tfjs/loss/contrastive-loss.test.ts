import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { DataError, GradientError, OptionsError, ShapeError, StateError } from '../../../ts/entries/node.js';
import { type ContrastiveLoss, type ContrastiveLossOptions, contrastiveLoss } from '../../../ts/entries/tfjs-node.js';
import { evaluateLoss } from '../../../ts/objectives/evaluate-loss.js';
import { lossGradients, lossValue, type ObjectiveName, loss as referenceLoss } from '../../reference/loss.js';
import { criticNames } from '../../reference/scores.js';
import { type GeneratedProblem, lossProblem, runs } from '../../support/arbitraries.js';
import { expectClose } from '../../support/close.js';
import { libraryObjective, lossOptions, objectiveNames } from '../../support/library.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { numbersOf, tensorOfRows, tensorsLeftBy, tfjsBackends, useBackend } from '../../support/tfjs.js';

type Critics = GeneratedProblem['critic']['name'];

/** Problems of every form. */
const anyProblem = (critic: Critics) =>
  fc.constantFrom('square', 'rectangular', 'general' as const).chain((kind) => lossProblem(critic, kind));

function opOf(name: ObjectiveName, problem: GeneratedProblem, more: Partial<ContrastiveLossOptions> = {}) {
  return contrastiveLoss({ objective: libraryObjective(name), ...lossOptions(problem), ...more });
}

/** Loss and gradients by x, y and the critic's variables, as plain numbers. */
function slopes(op: ContrastiveLoss, problem: Pick<GeneratedProblem, 'G' | 'H'>, times = 1) {
  return tf.tidy(() => {
    const inputs = [tensorOfRows(problem.G), tensorOfRows(problem.H)];
    // The first call makes the variables.
    op(inputs[0], inputs[1]);
    const parameters = op.trainableVariables;
    const f = (x: tf.Tensor, y: tf.Tensor) => tf.mul<tf.Scalar>(op(x as tf.Tensor2D, y as tf.Tensor2D), times);
    const { value, grads } = tf.valueAndGrads(f)(inputs);
    const byParameters = parameters.length === 0 ? {} : tf.variableGrads(() => f(inputs[0], inputs[1])).grads;
    return {
      loss: numbersOf(value)[0],
      dX: numbersOf(grads[0]),
      dY: numbersOf(grads[1]),
      parameters: parameters.map(({ name }) => numbersOf(byParameters[name])),
    };
  });
}

const negated = (numbers: ArrayLike<number>) => Array.from(numbers, (value) => -value);

describe.each(tfjsBackends)('contrastiveLoss on the %s backend', (backend) => {
  beforeAll(() => useBackend(backend));

  describe.each(criticNames)('with the %s critic', (critic) => {
    it.each(objectiveNames)('gives the value and all gradients of the core for %s', (name) => {
      fc.assert(
        fc.property(anyProblem(critic), (problem) => {
          using op = opOf(name, problem);
          const found = slopes(op, problem);
          const { G, H } = problem;
          const core = evaluateLoss(libraryObjective(name), G, H, lossOptions(problem));
          // A learnt temperature is held as a logarithm in float32.
          const near = critic === 'cosine' ? { absolute: 1e-5, relative: 1e-5 } : {};
          expectClose(found.loss, Math.fround(-core.surrogate), near, 'loss');
          expectClose(op.value, core.value, near, 'value');
          expectClose(found.dX, negated(core.dX?.data ?? []), near, 'dX');
          expectClose(found.dY, negated(core.dY?.data ?? []), near, 'dY');
          const { weights, layers = [], temperature } = core.dCritic ?? { temperature: Number.NaN };
          const expected = [
            ...(weights ? [weights.data] : []),
            ...layers.flatMap(({ weight, bias }) => [weight.data, bias]),
            ...(critic === 'cosine' ? [[problem.critic.temperature * temperature]] : []),
          ];
          expect(found.parameters.length).toBe(expected.length);
          expected.forEach((numbers, at) => {
            expectClose(found.parameters[at], negated(numbers), near, `variable ${at}`);
          });
        }),
        { ...runs, numRuns: 5 },
      );
    });

    it.each(objectiveNames)('has the gradients of float64 central differences for %s', (name) => {
      fc.assert(
        fc.property(anyProblem(critic), (problem) => {
          using op = opOf(name, problem);
          const found = slopes(op, problem);
          const expected = lossGradients(name, problem);
          const near = { absolute: 3e-6, relative: 3e-5 };
          expectClose(found.loss, -referenceLoss(name, problem), { absolute: 1e-5, relative: 1e-5 }, 'loss');
          expectClose(op.value, lossValue(name, problem), { absolute: 1e-5, relative: 1e-5 }, 'value');
          expectClose(found.dX, negated(expected.dG.flat()), near, 'dX');
          expectClose(found.dY, negated(expected.dH.flat()), near, 'dY');
          const byParameters = [
            ...(expected.dWeights ? [expected.dWeights.flat()] : []),
            ...expected.dLayers.flatMap(({ weights, bias = [] }) => [weights.flat(), bias]),
            ...(critic === 'cosine' ? [[problem.critic.temperature * expected.dTemperature]] : []),
          ];
          byParameters.forEach((numbers, at) => {
            const loose = critic === 'cosine' ? { absolute: 2e-5, relative: 3e-5 } : near;
            expectClose(found.parameters[at], negated(numbers), loose, `variable ${at}`);
          });
        }),
        { ...runs, numRuns: 2 },
      );
    });
  });

  it('F3 A: gradients are scaled by what comes in: three times the loss, three times the gradients', () => {
    for (const critic of criticNames) {
      fc.assert(
        fc.property(lossProblem(critic, 'square'), (problem) => {
          using op = opOf('cpc-symmetric', problem);
          const [once, thrice] = [slopes(op, problem), slopes(op, problem, 3)];
          const tripled = (numbers: ArrayLike<number>) => Array.from(numbers, (value) => 3 * value);
          const near = { relative: 1e-6 };
          for (const side of ['dX', 'dY'] as const) expectClose(thrice[side], tripled(once[side]), near, side);
          once.parameters.forEach((numbers, at) => {
            expectClose(thrice.parameters[at], tripled(numbers), near);
          });
        }),
        { ...runs, numRuns: 3 },
      );
    }
  });

  it('equals InfoNCE written in ops of tfjs, within an encoder', () => {
    const random = seededRandom(5);
    const batch = tensorOfRows(normalRows(random, 12, 6));
    const kernels = [0, 1].map((side) => tf.variable(tensorOfRows(normalRows(random, 6, 4)), true, `infonce/${side}`));
    const embed = () => kernels.map((kernel) => tf.tanh(tf.matMul(batch, kernel))) as [tf.Tensor2D, tf.Tensor2D];
    using op = contrastiveLoss({ objective: 'cpc' });
    const plain = () => {
      const [x, y] = embed();
      const scores = tf.matMul(x, y, false, true);
      return tf.sub<tf.Scalar>(tf.losses.softmaxCrossEntropy(tf.eye(12), scores), Math.log(12));
    };
    tf.tidy(() => {
      const [ours, theirs] = [() => op(...embed()), plain].map((f) => tf.variableGrads(f, kernels));
      expectClose(numbersOf(ours.value), numbersOf(theirs.value), { absolute: 1e-6 }, 'loss');
      for (const { name } of kernels) {
        expectClose(numbersOf(ours.grads[name]), numbersOf(theirs.grads[name]), { relative: 1e-5 }, name);
      }
    });
    tf.dispose([batch, ...kernels]);
  });

  it('adds to other terms, and what is taken of itself twice counts twice', () => {
    const random = seededRandom(8);
    const [x, y] = [normalRows(random, 5, 3), normalRows(random, 5, 3)].map(tensorOfRows);
    using op = contrastiveLoss({ objective: 'dv' });
    tf.tidy(() => {
      const [once] = tf.grads((x: tf.Tensor, y: tf.Tensor) => op(x as tf.Tensor2D, y as tf.Tensor2D))([x, y]);
      const both = tf.grad((x) => tf.add(tf.add(op(x as tf.Tensor2D, y), op(x as tf.Tensor2D, y)), tf.sum(x)))(x);
      expectClose(numbersOf(both), numbersOf(tf.add(tf.mul(once, 2), 1)), { absolute: 1e-6 });
    });
    tf.dispose([x, y]);
  });

  it('takes batches of any sizes in turn, and of more than it keeps plans for', () => {
    const random = seededRandom(9);
    using op = contrastiveLoss({ objective: 'nwj', critic: 'distance' });
    for (const n of [2, 3, 4, 5, 6, 7, 2, 3, 7]) {
      const problem = { G: normalRows(random, n, 3), H: normalRows(random, n, 3) };
      const { dX, value } = evaluateLoss('nwj', problem.G, problem.H, { critic: 'distance' });
      const found = slopes(op, problem);
      expectClose(op.value, value, {});
      expectClose(found.dX, negated(dX?.data ?? []), {});
    }
  });

  it('F3 B: a derivative of its gradients is an error that names it and the remedy, and leaves no tensor', async () => {
    const random = seededRandom(10);
    const [x, y] = [normalRows(random, 5, 3), normalRows(random, 5, 3)].map(tensorOfRows);
    using op = contrastiveLoss({ objective: 'cpc' });
    const penalty = (x: tf.Tensor) => tf.sum(tf.square(tf.grad((x) => op(x as tf.Tensor2D, y))(x)));
    const left = await tensorsLeftBy(() => {
      expect(() => tf.tidy(() => tf.grad(penalty)(x))).toThrow(GradientError);
      expect(() => tf.tidy(() => tf.grad(penalty)(x))).toThrow(/contrastiveLoss.*projection.*native encoders/);
    });
    expect(left).toBe(0);
    // A gradient whose own derivative nobody asks for is as good as ever, and so is one by what only scales it.
    tf.tidy(() => {
      const scaled = (a: tf.Tensor) => tf.sum(tf.grad((x) => tf.mul(op(x as tf.Tensor2D, y), tf.square(a)))(x));
      const first = tf.sum(tf.grad((x) => op(x as tf.Tensor2D, y))(x));
      const slope = tf.grad(scaled)(tf.scalar(3));
      expectClose(numbersOf(slope), numbersOf(tf.mul(first, 6)), { absolute: 1e-6, relative: 1e-5 });
    });
    tf.dispose([x, y]);
  });

  it('takes what layers give as tf.Tensor', async () => {
    using op = contrastiveLoss({ objective: 'jsd' });
    const layer = tf.layers.dense({ units: 3, inputShape: [2] });
    const x = tf.ones([4, 2]);
    const embed = () => layer.apply(x) as tf.Tensor;
    const value = tf.tidy(() => op(embed(), embed()).dataSync()[0]);
    const { loss, grads } = await op.valueAndGradsAsync(embed(), embed());
    expect(Math.fround(loss)).toBe(value);
    const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const before = await op.minimize(tf.train.sgd(0.1), () => [embed(), embed()], variables);
    expect(Math.fround(before)).toBe(value);
    tf.dispose([x, grads]);
    layer.dispose();
  });

  it.each([
    ['a vector', () => [tf.ones([4]), tf.ones([4, 2])], ShapeError, /x must be of rank 2.*\[4\]/],
    ['an array of tensors', () => [[tf.ones([4, 2])], tf.ones([4, 2])], ShapeError, /x must be .*, got Array$/],
    [
      'what is yet to be given',
      () => [tf.ones([4, 2]), tf.input({ shape: [2] })],
      ShapeError,
      /y .* got SymbolicTensor$/,
    ],
    ['a number', () => [3, tf.ones([4, 2])], ShapeError, /x must be a tensor of rank 2, got 3/],
    ['integers', () => [tf.ones([4, 2]), tf.ones([4, 2], 'int32')], DataError, /y must hold float32, got int32/],
    ['fewer candidates than queries', () => [tf.ones([4, 2]), tf.ones([3, 2])], ShapeError, /4.*3|3.*4/],
    ['other columns', () => [tf.ones([4, 2]), tf.ones([4, 3])], ShapeError, /2.*3|3.*2/],
    ['one pair', () => [tf.ones([1, 2]), tf.ones([1, 2])], DataError, /pair/],
    ['NaN', () => [tf.ones([4, 2]), tf.fill([4, 2], Number.NaN)], DataError, /y/],
    ['infinity', () => [tf.fill([4, 2], Number.POSITIVE_INFINITY), tf.ones([4, 2])], DataError, /x/],
  ] as const)('refuses %s by a typed error, leaves no tensor and works on', async (_, given, error, message) => {
    using op = contrastiveLoss({ objective: 'jsd' });
    const left = await tensorsLeftBy(() => {
      const call = () => op(...(given() as unknown as [tf.Tensor2D, tf.Tensor2D]));
      expect(() => tf.tidy(call)).toThrow(error);
      expect(() => tf.tidy(call)).toThrow(message);
      expect(() => tf.tidy(() => tf.variableGrads(call))).toThrow();
    });
    expect(left).toBe(0);
    const random = seededRandom(11);
    const problem = { G: normalRows(random, 4, 2), H: normalRows(random, 4, 2) };
    expectClose(slopes(op, problem).dX, negated(evaluateLoss('jsd', problem.G, problem.H).dX?.data ?? []), {});
  });

  it('is an error once disposed of, which may happen twice, and on tensors that were', () => {
    const op = contrastiveLoss({ objective: 'cpc', critic: 'bilinear', dims: [2, 2] });
    const x = tf.ones<tf.Rank.R2>([3, 2]);
    expect(Number.isNaN(op.value)).toBe(true);
    x.dispose();
    expect(() => op(x, x)).toThrow(StateError);
    op.dispose();
    op.dispose();
    expect(() => tf.tidy(() => op(tf.ones([3, 2]), tf.ones([3, 2])))).toThrow(StateError);
  });
});

describe('the options of contrastiveLoss', () => {
  it.each([
    ['an unknown option', { objective: 'cpc', temprature: 2 }, /no option 'temprature'/],
    ['an unknown objective', { objective: 'infonce' }, /unknown objective "infonce"/],
    ['an unknown critic', { objective: 'cpc', critic: 'dot' }, /unknown critic "dot"/],
    ['one size', { objective: 'cpc', critic: 'bilinear', dims: [3] }, /dims/],
    ['sizes that are none', { objective: 'cpc', critic: 'bilinear', dims: [3, 0.5] }, /dims/],
    ['a size that is no list', { objective: 'cpc', critic: 'bilinear', dims: 3 }, /dims/],
    ['none', undefined, /takes an object of options/],
  ])('refuse %s', (_, options, message) => {
    expect(() => contrastiveLoss(options as unknown as ContrastiveLossOptions)).toThrow(message);
    expect(() => contrastiveLoss(options as unknown as ContrastiveLossOptions)).toThrow(OptionsError);
  });
});

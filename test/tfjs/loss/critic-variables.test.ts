import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { bilinear, type Critic, cosine, joint, lossPlan, ShapeError, separable } from '../../../ts/entries/node.js';
import { contrastiveLoss } from '../../../ts/entries/tfjs-node.js';
import { expectClose } from '../../support/close.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { numbersOf, tensorOfRows, tfjsBackends, useBackend } from '../../support/tfjs.js';

const given = normalRows(seededRandom(3), 4, 6);

const critics: readonly (readonly [string, Critic])[] = [
  ['bilinear', bilinear()],
  ['bilinear with given weights', bilinear({ weights: given })],
  ['joint', joint({ hidden: [5, 3], seed: 4 })],
  [
    'joint with given layers',
    joint({
      layers: [
        { weight: normalRows(seededRandom(5), 1, 10), bias: [0.5] },
        { weight: [[2]], bias: [1] },
      ],
    }),
  ],
];

describe.each(tfjsBackends)("a critic's variables on the %s backend", (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(critics)('begin where the core does: %s', (_, critic) => {
    using plan = lossPlan({ objective: 'cpc', critic, n: 2, d: 4, yDim: 6 });
    using loss = contrastiveLoss({ objective: 'cpc', critic, dims: [4, 6] });
    const numbers = loss.trainableVariables.flatMap((variable) => Array.from(numbersOf(variable)));
    expect(numbers).toEqual(Array.from(plan.weights));
    expect(numbers.length).toBeGreaterThan(0);
    using later = contrastiveLoss({ objective: 'cpc', critic });
    expect(later.trainableVariables).toEqual([]);
    tf.tidy(() => later(tf.ones([3, 4]), tf.ones([3, 6])));
    expect(later.trainableVariables.flatMap((variable) => Array.from(numbersOf(variable)))).toEqual(numbers);
  });

  it('have names of their own, those of a checkpoint behind them', () => {
    const critic = joint({ hidden: [5], learnTemperature: true });
    const options = { objective: 'cpc', critic, dims: [2, 2] } as const;
    using first = contrastiveLoss(options);
    using second = contrastiveLoss(options);
    const names = [first, second].map(({ trainableVariables }) => trainableVariables.map(({ name }) => name));
    const own = ['0.weight', '0.bias', '1.weight', '1.bias', 'log_temperature'].map((name) => `critic.${name}`);
    for (const each of names) expect(each.map((name) => name.replace(/^contrastiveLoss_\d+\//, ''))).toEqual(own);
    expect(new Set(names.flat()).size).toBe(10);
    expect(first.trainableVariables.map(({ shape }) => shape)).toEqual([[5, 4], [5], [1, 5], [1], []]);
  });

  it('are trained by an optimiser alone, to a better value', () => {
    const random = seededRandom(6);
    const [x, y] = [normalRows(random, 16, 4), normalRows(random, 16, 6)].map(tensorOfRows);
    for (const critic of [bilinear(), joint({ hidden: [16], learnTemperature: true })]) {
      using loss = contrastiveLoss({ objective: 'cpc', critic, dims: [4, 6] });
      const optimizer = tf.train.adam(0.05);
      const before = loss.trainableVariables.map((variable) => numbersOf(variable).slice());
      tf.tidy(() => loss(x, y));
      const { value } = loss;
      for (let step = 0; step < 30; step++) optimizer.minimize(() => loss(x, y));
      expect(loss.value).toBeGreaterThan(value + 0.2);
      for (const [at, variable] of loss.trainableVariables.entries())
        expect(numbersOf(variable)).not.toEqual(before[at]);
      optimizer.dispose();
    }
    tf.dispose([x, y]);
  });

  it('hold a learnt temperature at 0.01 or above, as training natively does', () => {
    const x = tensorOfRows(normalRows(seededRandom(7), 5, 3));
    using loss = contrastiveLoss({
      objective: 'cpc',
      critic: cosine({ temperature: 0.02, learnTemperature: true }),
      dims: [3, 3],
    });
    const [logarithm] = loss.trainableVariables;
    expectClose(numbersOf(logarithm), [Math.log(0.02)], { relative: 1e-6 });
    tf.tidy(() => logarithm.assign(tf.scalar(Math.log(0.001))));
    tf.tidy(() => loss(x, x));
    using plan = lossPlan({ objective: 'cpc', critic: cosine({ temperature: 0.01 }), n: 5, d: 3, gradients: 'none' });
    plan.x.set(numbersOf(x));
    plan.y.set(numbersOf(x));
    expectClose(loss.value, plan.run(), { absolute: 1e-6 });
    const optimizer = tf.train.sgd(0);
    optimizer.minimize(() => loss(x, x));
    expect(loss.value).toBe(plan.value);
    expectClose(numbersOf(logarithm), [Math.log(0.01)], { relative: 1e-6 });
    tf.dispose([x]);
    optimizer.dispose();
  });

  it('of one size refuse embeddings of another, in tfjs as in the core; where there are none, any size will do', () => {
    using loss = contrastiveLoss({ objective: 'cpc', critic: 'bilinear', dims: [2, 3] });
    expect(() => tf.tidy(() => loss(tf.ones([4, 3]), tf.ones([4, 3])))).toThrow(ShapeError);
    expect(() => tf.tidy(() => loss(tf.ones([4, 3]), tf.ones([4, 3])))).toThrow(/2 and 3 columns.*3 and 3/);
    using free = contrastiveLoss({ objective: 'cpc', critic: separable({ learnTemperature: true }) });
    for (const size of [2, 5]) tf.tidy(() => free(tf.ones([4, size]), tf.ones([4, size])));
    expect(() => contrastiveLoss({ objective: 'cpc', critic: bilinear({ weights: given }), dims: [5, 6] })).toThrow(
      ShapeError,
    );
  });
});

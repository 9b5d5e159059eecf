import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { joint } from '../../../ts/entries/node.js';
import { contrastiveLoss } from '../../../ts/entries/tfjs-node.js';
import { criticNames } from '../../reference/scores.js';
import { lossProblem, runs } from '../../support/arbitraries.js';
import { expectClose } from '../../support/close.js';
import { libraryObjective, lossOptions, objectiveNames } from '../../support/library.js';
import { numbersOf, tensorOfRows, tensorsLeftBy, tfjsBackends, useBackend } from '../../support/tfjs.js';

/** Two dense encoders with fixed initial weights, and a batch of each. */
function openEncoders(seed: number) {
  const [f, g] = [0, 1].map((side) => {
    const begin = (at: number) => tf.initializers.glorotUniform({ seed: seed + 10 * side + at });
    const hidden = tf.layers.dense({ units: 6, inputShape: [4], activation: 'relu', kernelInitializer: begin(1) });
    return tf.sequential({
      layers: [hidden, tf.layers.dense({ units: 3, useBias: false, kernelInitializer: begin(2) })],
    });
  });
  const [a, b] = [1, 2].map((side) => tf.randomNormal([9, 4], 0, 1, 'float32', seed + side));
  return {
    embed: () => [f.apply(a), g.apply(b)] as [tf.Tensor2D, tf.Tensor2D],
    weights: () => [f, g].flatMap((model) => model.getWeights().map((weight) => numbersOf(weight))),
    variables: () => [f, g].flatMap((model) => model.trainableWeights.map((weight) => weight.read() as tf.Variable)),
    dispose: () => {
      for (const held of [f, g, a, b]) held.dispose();
    },
  };
}

describe.each(tfjsBackends)('without waiting, on the %s backend', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(criticNames)('valueAndGradsAsync gives what tfjs takes of the loss, with the %s critic', async (critic) => {
    await fc.assert(
      fc.asyncProperty(lossProblem(critic, 'general'), fc.constantFrom(...objectiveNames), async (problem, name) => {
        using op = contrastiveLoss({ objective: libraryObjective(name), ...lossOptions(problem) });
        const [x, y] = [tensorOfRows(problem.G), tensorOfRows(problem.H)];
        const { loss, value, grads } = await op.valueAndGradsAsync(x, y);
        tf.tidy(() => {
          const sync = tf.valueAndGrads((x, y) => op(x as tf.Tensor2D, y as tf.Tensor2D))([x, y]);
          expect(Math.fround(loss)).toBe(numbersOf(sync.value)[0]);
          expect(value).toBe(op.value);
          expectClose(numbersOf(grads.x), numbersOf(sync.grads[0]), {}, 'dX');
          expectClose(numbersOf(grads.y), numbersOf(sync.grads[1]), {}, 'dY');
          expect(Object.keys(grads.variables)).toEqual(op.trainableVariables.map((variable) => variable.name));
          if (op.trainableVariables.length === 0) return;
          const byVariables = tf.variableGrads(() => op(x, y)).grads;
          for (const [name, slope] of Object.entries(grads.variables)) {
            expectClose(numbersOf(slope), numbersOf(byVariables[name]), {}, name);
          }
        });
        tf.dispose([x, y, grads]);
      }),
      { ...runs, numRuns: 8 },
    );
  });

  it.each([
    ['cpc', 'separable'],
    ['wpc', 'bilinear'],
    ['jsd', joint({ hidden: [5] })],
  ] as const)('minimize takes the steps of optimizer.minimize: %s', async (objective, critic) => {
    const trained = [];
    for (const isAsync of [false, true]) {
      const encoders = openEncoders(20);
      const optimizer = tf.train.adam(0.02);
      const loss = contrastiveLoss({ objective, critic, dims: [3, 3] });
      const losses: number[] = [];
      for (let step = 0; step < 20; step++) {
        if (isAsync) losses.push(Math.fround(await loss.minimize(optimizer, encoders.embed)));
        else
          losses.push(
            tf.tidy(() => numbersOf(optimizer.minimize(() => loss(...encoders.embed()), true) as tf.Scalar)[0]),
          );
      }
      const own = loss.trainableVariables.map((variable) => numbersOf(variable));
      trained.push({ losses, weights: [...encoders.weights(), ...own] });
      for (const held of [encoders, optimizer, loss]) held.dispose();
    }
    const [sync, async] = trained;
    expect(sync.losses[19]).toBeLessThan(sync.losses[0]);
    expectClose(async.losses, sync.losses, { relative: 1e-5 }, 'losses');
    sync.weights.forEach((weight, at) => {
      expectClose(async.weights[at], weight, { absolute: 1e-5 }, `weight ${at}`);
    });
  });

  it('minimize trains the variables that it is given, and no others', async () => {
    const encoders = openEncoders(30);
    const optimizer = tf.train.sgd(0.1);
    const loss = contrastiveLoss({ objective: 'cpc' });
    const before = encoders.weights();
    const [first, ...others] = encoders.variables();
    await loss.minimize(optimizer, encoders.embed, [first]);
    const after = encoders.weights();
    expect(after[0]).not.toEqual(before[0]);
    expect(others.length).toBe(5);
    expect(after.slice(1)).toEqual(before.slice(1));
    for (const held of [encoders, optimizer, loss]) held.dispose();
  });

  it('minimize called again before it is done takes its step after the one before, a failed one too', async () => {
    const trained = [];
    for (const isAwaited of [true, false]) {
      const encoders = openEncoders(40);
      const optimizer = tf.train.sgd(0.5);
      const loss = contrastiveLoss({ objective: 'cpc' });
      const step = () => loss.minimize(optimizer, encoders.embed);
      const failing = () =>
        loss.minimize(optimizer, () => {
          throw new RangeError('no embeddings');
        });
      const losses: number[] = [];
      const underWay = [];
      for (const take of [step, step, failing, step]) {
        const taken = take().then(
          (value) => losses.push(value),
          (error) => expect(error).toBeInstanceOf(RangeError),
        );
        underWay.push(taken);
        if (isAwaited) await taken;
      }
      await Promise.all(underWay);
      trained.push({ losses, weights: encoders.weights() });
      for (const held of [encoders, optimizer, loss]) held.dispose();
    }
    const [awaited, atOnce] = trained;
    expect(new Set(awaited.losses).size).toBe(3);
    expect(atOnce).toEqual(awaited);
  });

  it('minimize refuses embeddings whose shapes change, takes no step and leaves no tensors', async () => {
    const encoders = openEncoders(50);
    const optimizer = tf.train.sgd(0.1);
    const loss = contrastiveLoss({ objective: 'cpc' });
    const before = encoders.weights();
    for (const side of [0, 1]) {
      let calls = 0;
      const embed = () => {
        const embedded = encoders.embed();
        // One row, which would be broadcast to all.
        if (calls++ > 0) embedded[side] = tf.slice(embedded[side], [0, 0], [1, 3]);
        return embedded;
      };
      const left = await tensorsLeftBy(() =>
        expect(loss.minimize(optimizer, embed)).rejects.toThrow(
          expect.objectContaining({ name: 'ShapeError', message: expect.stringMatching(/9 x 3 .* first .*1 x 3/) }),
        ),
      );
      expect(left).toBe(0);
    }
    expect(encoders.weights()).toEqual(before);
    for (const held of [encoders, optimizer, loss]) held.dispose();
  });
});

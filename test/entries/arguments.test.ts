import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../ts/entries/node.js';
import * as tfjs from '../../ts/entries/tfjs-node.js';
import { KantorovichError } from '../../ts/wasm/errors.js';
import { useBackend } from '../support/tfjs.js';
import { denseModel, smallRun } from '../tfjs/training/small-run.js';

type Call = (...given: readonly unknown[]) => unknown;

/** Nothing of the library takes these. */
const wrong: readonly unknown[] = [null, 7, 'a text', { none: 1 }, [null]];

/** Takes nothing, and would change V8 for the tests that follow. */
const untouched: readonly string[] = ['enableTurbo'];

/** What an entry exports that can be called, classes by `new`. */
function callables(entry: object): (readonly [string, Call])[] {
  return Object.entries(entry)
    .filter(([name, value]) => typeof value === 'function' && !untouched.includes(name))
    .map(([name, value]) => [name, isClass(value) ? (...given) => Reflect.construct(value, given) : value]);
}

/** Only of classes it can't be written to. */
function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
}

/** What is not answered with a value. */
async function refusal(call: Call, given: readonly unknown[]): Promise<unknown> {
  try {
    return void (await call(...given));
  } catch (error) {
    return error;
  }
}

async function expectOwnAnswer(call: Call, given: readonly unknown[]): Promise<void> {
  const error = await refusal(call, given);
  if (error !== undefined) expect(error).toBeInstanceOf(KantorovichError);
}

describe.each([
  ['kantorovich', library],
  ['kantorovich/tfjs', tfjs],
])('%s answers wrong arguments with a value or an error of its own, never a TypeError', (_entry, exported) => {
  describe.each(callables(exported))('%s', (_name, call) => {
    it.each(wrong.map((argument) => ({ argument })))('$argument', async ({ argument }) => {
      for (const given of [[argument], [argument, argument], [argument, argument, argument]]) {
        await expectOwnAnswer(call, given);
      }
    });
  });
});

describe('one wrong argument among right ones is answered with a value or an error of the library', () => {
  beforeAll(() => useBackend('cpu'));

  const kernel = () => tf.ones([3, 3, 2, 2]);
  const right: Readonly<Record<string, readonly [Call, () => Promise<readonly unknown[]>]>> = {
    encoderToONNX: [library.encoderToONNX as Call, async () => [(await library.fit(nativeRun())).model, 'x']],
    toLayersModel: [tfjs.toLayersModel as Call, async () => [(await library.fit(nativeRun())).model, 'x']],
    layersFromRows: [tfjs.layersFromRows as Call, async () => [(await tfjs.fit(smallRun({ steps: 1 }))).model, 'x']],
    layersToONNX: [tfjs.layersToONNX as Call, async () => [denseModel(1), {}]],
    layersToSafetensors: [tfjs.layersToSafetensors as Call, async () => [denseModel(1), {}]],
    fromLayersModel: [tfjs.fromLayersModel as Call, async () => [denseModel(1), {}]],
    applyConstraints: [tfjs.applyConstraints as Call, async () => [denseModel(1), {}]],
    patchOverlap: [tfjs.patchOverlap as Call, async () => [[3, 3, 2, 2], { strides: 2 }]],
    projectKernel: [tfjs.projectKernel as Call, async () => [kernel(), library.spectral(), { strides: 2 }]],
    drawPenaltyPoints: [tfjs.drawPenaltyPoints as Call, async () => [library.random(1), 4, 2]],
    gradientPenaltyTerm: [tfjs.gradientPenaltyTerm as Call, async () => penalised()],
  };

  describe.each(Object.entries(right))('%s', (_name, [call, given]) => {
    it('takes the right ones', async () => {
      expect(await refusal(call, await given())).toBeUndefined();
    });

    it.each(wrong.map((argument) => ({ argument })))('$argument', async ({ argument }) => {
      const all = await given();
      for (const at of all.keys()) await expectOwnAnswer(call, all.with(at, argument));
    });

    it('and one that lacks a part', async () => {
      const all = await given();
      for (const [at, whole] of all.entries()) {
        if (typeof whole !== 'object' || whole === null || whole instanceof tf.Tensor) continue;
        for (const part of Object.keys(whole)) {
          const others = Object.entries(whole).filter(([name]) => name !== part);
          await expectOwnAnswer(call, all.with(at, Object.fromEntries(others)));
        }
      }
    });
  });
});

describe('says what was given and expected', () => {
  beforeAll(() => useBackend('cpu'));

  it.each<readonly [string, () => unknown, string]>([
    [
      'a model',
      () => library.encoderToONNX('a text' as never, 'x'),
      'must be a model of fit or loadModel, got "a text"',
    ],
    ['a side', () => library.encoderToONNX({ spec: {}, tensors() {} } as never, 7 as never), 'of x and y, not of 7'],
    ["tfjs's model", () => tfjs.layersFromRows(7 as never, 'x'), "fit or loadModel of 'kantorovich/tfjs'"],
    ['a LayersModel', () => tfjs.layersToONNX(null as never), 'model must be a tf.LayersModel, got null'],
    [
      'a built one',
      () => tfjs.layersToONNX(tf.sequential({ name: 'bare' })),
      'bare is not built: give its first layer',
    ],
    ['a tensor', () => tfjs.projectKernel([null] as never, library.spectral()), 'kernel must be a tensor, got Array'],
    ['a constraint', () => tfjs.projectKernel(tf.ones([2, 2]), { name: 'l3' } as never), 'got one named "l3"'],
    ['no name of one', () => tfjs.projectKernel(tf.ones([2, 2]), 'l1' as never), 'siblings give, of the names none'],
    ['a generator', () => tfjs.drawPenaltyPoints(7 as never, 4, 2), 'a generator, as random(seed) makes it, got 7'],
    ['a shape', () => tfjs.patchOverlap(7 as never), 'two sizes or more, such as [3, 3, 8, 16], got 7'],
    ["a layer's options", () => new tfjs.GroupSort(null as never), 'GroupSort takes an object of options, got null'],
  ])('%s', async (_name, call, message) => {
    const error = await refusal(call, []);
    expect(error).toBeInstanceOf(KantorovichError);
    expect((error as Error).message).toContain(message);
  });
});

/** A run of `kantorovich` itself on the same pairs. */
function nativeRun() {
  const { pairs, objective, batch, steps } = smallRun({ steps: 1 });
  return { pairs, objective, batch, steps, encoder: '8-4' };
}

function penalised(): readonly unknown[] {
  const model = { x: denseModel(1), y: denseModel(2), critic: 'separable' };
  const points = tfjs.drawPenaltyPoints(library.random(1), 4, 2);
  const batch = { x: tf.randomNormal([4, 6]), y: tf.randomNormal([4, 6]), points };
  return [model, batch, library.gradientPenalty()];
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The compiled package, which `npm test` builds first: a thread cannot be started from TypeScript.
import { KantorovichError } from '../../dist/entries/node.js';
import { createTrainer, fit, parallelLoss, type RemoteTrainer } from '../../dist/entries/workers-node.js';

type Call = (...given: unknown[]) => Promise<unknown>;

let trainer: RemoteTrainer;
beforeAll(async () => {
  trainer = await createTrainer();
});
afterAll(() => trainer.dispose());

const calls: readonly [string, () => Call][] = [
  ['fit', () => fit as Call],
  ['parallelLoss', () => parallelLoss as Call],
  ['train', () => trainer.train as Call],
  ['embed', () => trainer.embed as Call],
];

describe.each(calls)('%s of kantorovich/workers', (_, call) => {
  it.each([
    undefined,
    null,
    7,
    'a text',
    { none: 1 },
    [null],
    { data: null, options: {} },
    { data: {}, options: null },
  ])('answers wrong arguments with an error of its own, never a TypeError: %j', async (argument) => {
    for (const given of [[argument], [argument, argument]]) {
      await expect(call()(...given)).rejects.toBeInstanceOf(KantorovichError);
    }
  });
});

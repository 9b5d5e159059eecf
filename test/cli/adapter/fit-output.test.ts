import { expect, it } from 'vitest';
import { epochLine } from '../../../ts/cli/adapter/fit-output.js';
import { seededRandom } from '../../support/random.js';

it('what is drawn of an epoch never wraps', () => {
  const random = seededRandom(1111);
  const whole = { maxEpochs: 20, learningRate: 0.002, folds: 10 };
  for (let i = 0; i < 200; i++) {
    const columns = 1 + random.below(120);
    const epoch = { ...whole, epoch: 1 + random.below(20), mrr: random.uniform(), value: 1, fold: random.below(11) };
    const line = epochLine(epoch, columns);
    expect(line.length).toBeLessThan(columns);
    expect(epochLine(epoch, 1000).startsWith(line)).toBe(true);
  }
  expect(epochLine({ ...whole, epoch: 3, mrr: 0.5, value: 1, fold: 10 }, 100)).toBe(
    'verdict, part 10 of 10: epoch 3 of at most 20, learning rate 0.002, MRR@10 0.500',
  );
});

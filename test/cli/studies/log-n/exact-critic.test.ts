import { expect, it } from 'vitest';
import { exactCritic } from '../../../../ts/cli/studies/log-n/exact-critic.js';
import { gaussianCorrelation, gaussianPairs } from '../../../../ts/data/gaussian-pairs.js';
import { collectPairs } from '../../../../ts/data/pairs.js';

it('is the logarithm of the density ratio, plus the shift, for any pair', async () => {
  const [d, nats, shift] = [3, 2, 1];
  const { x, y } = await collectPairs(gaussianPairs({ dimensions: d, nats, split: 'test' }), 20, 1);
  const critic = exactCritic(d, nats, shift);
  const [g, h] = [critic.x(x), critic.y(y)];
  const rho = gaussianCorrelation(d, nats);
  const logDensity = (u: number, v: number) => {
    const joint = (u * u - 2 * rho * u * v + v * v) / (1 - rho * rho);
    return -0.5 * Math.log(1 - rho * rho) - joint / 2 + (u * u + v * v) / 2;
  };
  for (let i = 0; i < 20; i++) {
    for (let j = 0; j < 20; j++) {
      let [expected, found] = [shift, 0];
      for (let k = 0; k < d; k++) expected += logDensity(x.data[i * d + k], y.data[j * d + k]);
      for (let k = 0; k < g.cols; k++) found += g.data[i * g.cols + k] * h.data[j * h.cols + k];
      expect(found).toBeCloseTo(expected, 3);
    }
  }
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { gradientPenalty } from '../../ts/lipschitz/lipschitz.js';
import { fit } from '../../ts/training/fit.js';
import type { FitOptions } from '../../ts/training/fit-options.js';
import { gaussianPairs } from './gaussian-pairs.js';

/** The first bytes of the SHA-256 of all parameters after 60 steps in the baseline build. */
async function fingerprint(options: Partial<FitOptions>): Promise<string> {
  const pairs = gaussianPairs(96, 11, 5);
  const { model } = await fit({
    pairs,
    encoder: '16-6',
    batch: 13,
    steps: 60,
    seed: 7,
    learningRate: 3e-3,
    ...options,
    deterministic: true,
  });
  const hash = createHash('sha256');
  for (const { name, data } of model.tensors()) {
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  model.dispose();
  return hash.digest('hex').slice(0, 16);
}

// The constants were printed on Node 20 (x64); the suite runs on Node 22 and 24 too, which must give the same bits.
describe('the baseline build', () => {
  it.each([
    ['CPC', { objective: 'cpc', critic: 'cosine', schedule: 'cosine' }, '2604e4b05820dcab'],
    [
      'WPC by penalty',
      { objective: 'wpc', critic: 'bilinear', lipschitz: gradientPenalty({ points: 16 }) },
      '1717201dae5e4c2f',
    ],
    ['WDM, certified', { objective: 'wdm', critic: 'distance', lipschitz: 'orthonormal' }, 'e16c2385c623338c'],
    ['DV under spectral projection', { objective: 'dv', lipschitz: 'spectral', optimiser: 'sgd' }, '11b8d50a32e55bea'],
  ] as const)('trains %s to the same bits in every runtime', async (_, options, bits) => {
    expect(await fingerprint(options)).toBe(bits);
  });
});

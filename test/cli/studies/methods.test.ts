import { describe, expect, it } from 'vitest';
import { METHODS, methodOptions } from '../../../ts/cli/studies/methods.js';
import { openPairs } from '../../../ts/data/open-pairs.js';
import { trainerSpec } from '../../../ts/training/fit-options.js';

describe('methodOptions', () => {
  it.each(METHODS)('tells fit all that $id is', async (method) => {
    const { train: pairs } = await openPairs({ kind: 'gaussians', dimensions: 6, nats: 2 });
    const spec = trainerSpec({ ...methodOptions(method, 8), pairs, encoder: '8-4', batch: 8 });
    const { objective, critic, temperature, activation, lipschitz } = method;
    expect(spec).toMatchObject({ objective, critic, temperature, activation, learnTemperature: false });
    // No more points than there are pairs.
    const expected = lipschitz.name === 'gradient-penalty' ? { ...lipschitz, sided: 'one', points: 8 } : lipschitz;
    expect(spec.lipschitz).toMatchObject(expected);
  });
});

import { describe, expect, it } from 'vitest';
import {
  gradientPenalty,
  lagrangian,
  lipschitzNames,
  orthonormal,
  resolveLipschitz,
  spectral,
  unconstrained,
  weightBall,
} from '../../ts/lipschitz/lipschitz.js';
import { OptionsError } from '../../ts/wasm/errors.js';

describe('constraints', () => {
  it('have the defaults of the pilot', () => {
    const penalty = {
      name: 'gradient-penalty',
      coefficient: 0.1,
      target: 1,
      sided: 'one',
      points: 16,
      over: 'inputs',
    };
    expect(gradientPenalty()).toEqual(penalty);
    expect(orthonormal()).toEqual({ name: 'orthonormal', every: 4 });
    expect(spectral()).toEqual({ name: 'spectral', norm: 1 });
    expect(weightBall('l1')).toEqual({ name: 'l1', radius: 1, every: 1 });
    expect(weightBall('spectral-ball')).toEqual({ name: 'spectral-ball', radius: 1, every: 10 });
    expect(weightBall('box')).toEqual({ name: 'box', radius: 0.01, every: 1 });
    expect(lagrangian()).toEqual({ name: 'lagrangian', pairs: 64, slack: 1e-3, multiplier: 30 });
  });

  it('take what they are told', () => {
    const told = { coefficient: 10, target: 0.5, sided: 'two', points: 3, over: 'embeddings' } as const;
    expect(gradientPenalty(told)).toEqual({ name: 'gradient-penalty', ...told });
    expect(orthonormal({ every: 1 }).name).toBe('orthonormal');
    expect(orthonormal({ every: 1 })).toHaveProperty('every', 1);
    expect(spectral({ norm: 2 })).toHaveProperty('norm', 2);
  });

  it('say by their types what they hold', () => {
    const held: number[] = [gradientPenalty().points, spectral().norm, orthonormal().every];
    held.push(weightBall('l1').radius, lagrangian().pairs);
    expect(held).toEqual([16, 1, 4, 1, 64]);
  });
});

describe('resolveLipschitz', () => {
  it.each(lipschitzNames)('knows %s by name', (name) => {
    expect(resolveLipschitz(name, 64).name).toBe(name);
  });

  it('leaves a description as it is', () => {
    const given = gradientPenalty({ points: 5 });
    expect(resolveLipschitz(given, 64)).toBe(given);
    expect(resolveLipschitz(unconstrained(), 64)).toEqual({ name: 'none' });
  });

  it.each([
    [2, 1],
    [3, 1],
    [8, 2],
    [64, 16],
    [257, 64],
  ])('takes the penalty of a batch of %i at %i points', (batch, points) => {
    expect(resolveLipschitz('gradient-penalty', batch)).toHaveProperty('points', points);
  });

  it('refuses an unknown name, and names those there are', () => {
    const unknown: string = 'clipping';
    const resolve = () => Reflect.apply(resolveLipschitz, undefined, [unknown, 64]);
    expect(resolve).toThrow(OptionsError);
    expect(resolve).toThrow('"clipping": expected none, gradient-penalty, lagrangian, orthonormal, spectral, ');
  });
});

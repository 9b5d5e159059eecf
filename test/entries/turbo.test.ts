import { describe, expect, it } from 'vitest';
import { enableTurbo, lossPlan } from '../../ts/entries/node.js';
import { supportsRelaxedSimd } from '../../ts/wasm/core.js';
import { expectClose, float32 } from '../support/close.js';
import { seededRandom } from '../support/random.js';

const shapes = [
  { objective: 'cpc', critic: 'bilinear', n: 77, d: 33 },
  { objective: 'cpc-symmetric', critic: 'cosine', n: 130, d: 17 },
  { objective: 'wpc', critic: 'distance', n: 41, d: 19 },
  { objective: 'nwj', critic: 'separable', n: 65, d: 64 },
] as const;

type Shape = (typeof shapes)[number];

function evaluate(shape: Shape, deterministic: boolean) {
  const random = seededRandom(3);
  const plan = lossPlan({ ...shape, deterministic });
  plan.x.set(Float32Array.from({ length: shape.n * shape.d }, () => random.uniform() - 0.5));
  plan.y.set(Float32Array.from({ length: shape.n * shape.d }, () => random.uniform() - 0.5));
  const value = plan.run();
  const result = { value: Float32Array.of(value), dX: plan.dX.slice(), dY: plan.dY.slice() };
  plan.dispose();
  return result;
}

// The order counts: what was computed before turbo is the expectation of what comes after.
describe('turbo', () => {
  const before = shapes.map((shape) => ({ plain: evaluate(shape, false), baseline: evaluate(shape, true) }));
  const turbo = enableTurbo();

  it('measures both kernels, or says why it cannot', () => {
    const measured = turbo.gflops.plain > 0 && turbo.gflops.turbo > 0;
    expect(measured).toBe(supportsRelaxedSimd());
    expect(turbo.reason === undefined).toBe(turbo.enabled);
    if (!measured) expect(turbo.reason).toContain('relaxed SIMD');
  });

  it('is measured once', () => {
    expect(enableTurbo()).toEqual(turbo);
  });

  it.each(shapes)('$objective with the $critic critic is as before', (shape) => {
    const expected = before[shapes.indexOf(shape)];
    const plain = evaluate(shape, false);
    for (const name of ['value', 'dX', 'dY'] as const) expectClose(plain[name], expected.plain[name], float32);
    expect(evaluate(shape, true)).toEqual(expected.baseline);
  });
});

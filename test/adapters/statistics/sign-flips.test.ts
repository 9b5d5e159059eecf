import { describe, expect, it } from 'vitest';
import { signFlips } from '../../../ts/adapters/statistics/sign-flips.js';
import { expectClose } from '../../support/close.js';
import { seededRandom } from '../../support/random.js';

/** The share of all sign patterns that reach the sum. */
function exact(values: readonly number[]): number {
  const observed = values.reduce((sum, value) => sum + value, 0);
  let count = 0;
  for (let signs = 0; signs < 2 ** values.length; signs++) {
    const sum = values.reduce((all, value, i) => all + ((signs >> i) & 1 ? value : -value), 0);
    if (sum >= observed - 1e-12) count += 1;
  }
  return count / 2 ** values.length;
}

describe("Fisher's randomisation test", () => {
  it('has the share of all sign patterns, which it samples', () => {
    for (let from = 1; from <= 10; from++) {
      const random = seededRandom(from);
      const values = Array.from({ length: 10 }, () => 0.4 + random.normal());
      // Five standard deviations of 5,000 draws, and what counting itself adds.
      expectClose(signFlips(Float64Array.from(values), from), exact(values), { absolute: 0.0354 });
    }
  });

  it('knows ties, zeros and what never changes', () => {
    expect(signFlips(new Float64Array(40), 1)).toBe(1);
    expect(signFlips(new Float64Array(40).fill(0.1), 1)).toBe(1 / 5001);
    expect(signFlips(new Float64Array(40).fill(-0.1), 1)).toBe(1);
    // Ten equal signs come once in 1,024: five deviations around 4.9 of 5,000.
    const ten = Float64Array.from({ length: 40 }, (_, i) => (i < 10 ? 0.1 : 0));
    expectClose(signFlips(ten, 1), 1 / 1024, { absolute: 0.0023 });
  });

  it('units flip together', () => {
    const values = Float64Array.from({ length: 30 }, (_, i) => 0.1 * ((i % 3) + 1));
    expect(signFlips(values, 1)).toBeLessThan(0.001);
    const thirds = Array.from(values, (_, i) => i % 3);
    expectClose(signFlips(values, 1, thirds), 1 / 8, { absolute: 0.024 });
  });
});

import { describe, expect, it } from 'vitest';
import { logNPlan } from '../../../../ts/cli/studies/log-n/plan.js';

const textOf = (keys: readonly object[]) => keys.map((key) => JSON.stringify(key));

describe('logNPlan', () => {
  it('spans 2 to 40 nats and batches of 16 to 4,096', () => {
    const plan = logNPlan({ seeds: 3 });
    const nats = plan.map((key) => key.nats);
    expect([Math.min(...nats), Math.max(...nats)]).toEqual([2, 40]);
    for (const { batches } of plan) expect(batches.map(([n]) => n)).toEqual([16, 64, 256, 1024, 4096]);
    expect(new Set(plan.map(({ objective }) => objective))).toEqual(new Set(['cpc', 'nwj', 'dv', 'wdm']));
  });

  it('has no run twice, and as many of each seed', () => {
    const plan = logNPlan({ seeds: 3 });
    expect(new Set(textOf(plan)).size).toBe(plan.length);
    const counts = [1, 2, 3].map((seed) => plan.filter((key) => key.seed === seed).length);
    expect(counts).toEqual(Array(3).fill(plan.length / 3));
  });

  it('keeps WDM certified, and gives exact critics no training', () => {
    for (const { objective, critic, lipschitz, steps } of logNPlan({ seeds: 1 })) {
      expect(lipschitz === 'orthonormal').toBe(objective === 'wdm');
      expect(steps === 0).toBe(critic === 'exact');
    }
  });

  it('is smaller with quick, and a run of other steps is another run', () => {
    const [full, quick] = [logNPlan({ seeds: 1 }), logNPlan({ seeds: 1, quick: true })];
    expect(quick.length).toBeLessThan(full.length / 1.5);
    const changed = new Set(textOf(logNPlan({ seeds: 1, steps: 7 }).filter(({ critic }) => critic !== 'exact')));
    for (const text of textOf(full)) expect(changed.has(text)).toBe(false);
  });
});

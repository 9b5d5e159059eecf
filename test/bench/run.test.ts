import { afterEach, describe, expect, it } from 'vitest';
import type { Remote } from '../../bench/process/remote.js';
import { runCase } from '../../bench/run.js';
import { brief, emptyCase, type Fault, openFaulty } from './faulty.js';

let opened: Remote[] = [];

async function open(name: string, fault: Fault, value = 0): Promise<Remote> {
  const engine = await openFaulty(name, fault, value);
  opened.push(engine);
  return engine;
}

afterEach(() => {
  for (const engine of opened) engine.close();
  opened = [];
});

describe('runCase', () => {
  it.each([
    ['dies', 'failed', /ended with code 3 out of memory/],
    ['throws', 'failed', /no such kernel/],
    ['grows', 'large', /more than 0\.195\d* GiB/],
  ] as const)('goes on without an engine that %s', async (fault, reason, message) => {
    const engines = [await open('sound', 'none'), await open('faulty', fault)];
    const { ms, stopped, faults } = await runCase(emptyCase(1), engines, brief);
    expect([...ms.keys()]).toEqual(['sound']);
    expect(stopped.get('faulty')?.reason).toBe(reason);
    expect(stopped.get('faulty')?.message).toMatch(message);
    expect(faults).toEqual([]);
  });

  it('stops an engine that does not return from a run, and starts it anew for the next case', async () => {
    const engines = [await open('sound', 'none'), await open('faulty', 'hangs')];
    const { ms, stopped } = await runCase(emptyCase(1), engines, brief);
    expect([...ms.keys()]).toEqual(['sound']);
    expect(stopped.get('faulty')?.reason).toBe('slow');
    const next = await runCase(emptyCase(2), engines, null);
    expect([...next.differences.keys()]).toEqual(['sound', 'faulty']);
  });

  it('does not stop this library', async () => {
    const { ms, stopped } = await runCase(emptyCase(1), [await open('kantorovich', 'slow')], brief);
    expect(ms.get('kantorovich')).toBe(900);
    expect(stopped.size).toBe(0);
  });

  it('reports an answer that differs, and does not time it', async () => {
    const engines = [await open('sound', 'none', 1), await open('wrong', 'none', 1.001)];
    const { ms, faults } = await runCase(emptyCase(1), engines, brief);
    expect(faults).toEqual(['n 1: wrong differs from sound by 1.0e-3']);
    expect([...ms.keys()]).toEqual(['sound']);
  });

  it('holds answers against the expected one where there is one', async () => {
    const one = { ...emptyCase(1), expected: () => ({ value: Float32Array.of(2) }) };
    const { reference, differences } = await runCase(one, [await open('sound', 'none', 1)], null);
    expect(reference).toBe('float64');
    expect(differences.get('sound')).toBe(0.5);
  });
});

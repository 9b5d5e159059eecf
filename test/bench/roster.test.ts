import { describe, expect, it } from 'vitest';
import { openEngines, roster } from '../../bench/roster.js';

describe('roster', () => {
  it('has Python engines in python3 unless told otherwise, and more of them beside the first', () => {
    const specs = roster(
      new Map([
        ['jax', '/jax/python'],
        ['pytorch-2.15', '/torch/python'],
      ]),
    );
    const python = specs.filter(({ command }) => command.at(-1)?.endsWith('.py'));
    expect(python.map(({ name, command: [program] }) => [name, program])).toEqual([
      ['pytorch', 'python3'],
      ['pytorch-2.15', '/torch/python'],
      ['jax', '/jax/python'],
      ['numpy', 'python3'],
    ]);
    expect(python[1].command).toEqual(['/torch/python', expect.stringMatching(/peers\/pytorch_peer\.py$/)]);
  });

  it('has the experimental mode right after ours, on request', () => {
    expect(roster().map(({ name }) => name)).not.toContain('kantorovich-turbo');
    const [first, second] = roster(new Map(), true);
    expect([first.name, second.name]).toEqual(['kantorovich', 'kantorovich-turbo']);
  });
});

describe('openEngines', () => {
  it('says which engines are not installed', async () => {
    const spec = { name: 'pytorch', command: ['/nowhere/python', 'peer.py'] };
    const { engines, absent } = await openEngines([spec]);
    expect(engines).toEqual([]);
    expect(absent).toEqual([{ name: 'pytorch', absent: expect.stringMatching(/ENOENT/) }]);
  });
});

import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { smallRun } from './small-run.js';
import { spawnCli } from './spawn-cli.js';

const temporary = temporaryFolder();
const out = () => join(temporary(), 'run');

describe('train refuses options that would change nothing', () => {
  it.each([
    ['--critic-hidden', '8', '--critic separable: it is for joint'],
    ['--momentum', '0.5', '--optimiser adam: it is for sgd'],
    ['--radius', '2', '--lipschitz gradient-penalty: it is for spectral-ball, l1, l-infinity, frobenius, box'],
    ['--spectral-norm', '2', '--lipschitz gradient-penalty: it is for spectral'],
    ['--lagrangian-pairs', '4', '--lipschitz gradient-penalty: it is for lagrangian'],
  ])('%s', async (name, value, reason) => {
    const { code, stderr } = await spawnCli([...smallRun, name, value, '--out', out()]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${name} has no effect with ${reason}`)]);
    await expect(access(out())).rejects.toThrow();
  });

  it('takes them with what they are for', async () => {
    const ball = ['--lipschitz', 'frobenius', '--radius', '2', '--critic', 'joint', '--critic-hidden', '4'];
    expect((await spawnCli([...smallRun, ...ball, '--steps', '2', '--out', out()])).code).toBe(0);
  });
});

it('a run that takes no step leaves no folder, but what else was in it', async () => {
  const missing = ['train', '--data', 'npy:none.npy,none.npy', '--out', out()];
  expect((await spawnCli(missing)).code).toBe(1);
  await expect(access(out())).rejects.toThrow();
  await mkdir(out());
  await writeFile(join(out(), 'notes.txt'), 'kept');
  expect((await spawnCli(missing)).code).toBe(1);
  await access(join(out(), 'notes.txt'));
});

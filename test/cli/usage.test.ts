import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { smallRun } from './small-run.js';
import { spawnCli } from './spawn-cli.js';

const temporary = temporaryFolder();

describe('a wrong argument is one clear line', () => {
  it.each([
    [['train', '--objective', 'infonce'], /--objective.*cpc, cpc-symmetric, wpc/],
    [['train', '--steqs', '3'], /unknown option '--steqs' \(Did you mean --steps\?\)/],
    [['train', '--data', 'digits:1x1', '--steps', '0'], /--steps.*whole number from 1/],
    [['train', '--data', 'digits:1x1', '--lr', 'fast'], /--lr.*number above 0/],
    [['train', '--data', 'digits:1x1', '--encoder', '64x64'], /--encoder.*512-256-64/],
    [['train'], /train needs --data/],
    [['train', '--resume'], /--resume needs the folder of a run/],
    [['trian'], /unknown command 'trian' \(Did you mean train\?\)/],
    [['embed', '--model', 'm', '--input', 'x.npy', '--out', 'o.npy', '--side', 'z'], /--side.*x, y/],
    [['embed', '--input', 'x.npy'], /--model <file>' not specified/],
    [['probe', '--data', 'digits:1x1'], /--model <file>' not specified/],
  ] as const)('%j', async (args, message) => {
    const { code, stdout, stderr } = await spawnCli(args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^kantorovich: [^\n]*\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    ['digits:3x4', /square grid/],
    ['pairs:x', /data must be one of digits:3x3/],
  ])('--data %s', async (data, message) => {
    const { code, stderr } = await spawnCli(['train', '--data', data, '--out', join(temporary(), 'run')]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('what does not go together', async () => {
    const { code, stderr } = await spawnCli([
      ...smallRun,
      '--learn-temperature',
      '--temperature',
      '0.001',
      '--out',
      join(temporary(), 'run'),
    ]);
    expect(stderr).toMatch(/^a learnt temperature must start at 0.01 or above, found 0.001\n$/);
    expect(code).toBe(2);
  });
});

describe('files that are not there', () => {
  it.each([
    [['train', '--data', 'npy:a.npy,b.npy', '--out', 'OUT'], /cannot read a\.npy/],
    [['embed', '--model', 'none.safetensors', '--input', 'x.npy', '--out', 'o.npy'], /none\.safetensors: no such file/],
    [['train', '--data', 'digits:1x1', '--out', '/dev/null/run'], /cannot create \/dev\/null\/run/],
  ] as const)('%j', async (args, message) => {
    const { code, stderr } = await spawnCli(args.map((arg) => (arg === 'OUT' ? join(temporary(), 'run') : arg)));
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
  });
});

describe('help', () => {
  it.each(['train', 'embed', 'probe', 'bench'])(
    'of %s is grouped, gives defaults, and ends with an example',
    async (command) => {
      const { code, stdout, stderr } = await spawnCli([command, '--help']);
      expect(code).toBe(0);
      expect(stderr).toBe('');
      expect(stdout).toContain(`Usage: kantorovich ${command}`);
      expect(stdout).toMatch(/\nExample/);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    },
  );

  it('of train names every choice', async () => {
    const { stdout } = await spawnCli(['train', '--help']);
    const text = stdout.replace(/\s+/g, ' ');
    expect(text).toContain(
      'cpc, cpc-symmetric, wpc, wpc-symmetric, wdm, wdm-all, nwj, dv, jsd, smile, rpc, flo (default: wpc)',
    );
    expect(text).toContain('separable, bilinear, cosine, distance, squared-distance, joint (default: separable)');
    expect(text).toContain('none, gradient-penalty, lagrangian, orthonormal, spectral, spectral-ball, l1');
  });

  it('prints the version of the package', async () => {
    expect((await spawnCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

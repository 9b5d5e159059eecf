import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { omniglotFolder } from '../support/omniglot-folder.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { spawnCli } from './spawn-cli.js';

const temporary = temporaryFolder();
const out = () => join(temporary(), 'run');
const small = ['--encoder', '24-8', '--batch', '16', '--steps', '3', '--evaluate-every', '3'];

describe('--data-dir', () => {
  it('is asked for where omniglot has no folder, and named where it holds none', async () => {
    const none = await spawnCli(['train', '--data', 'omniglot', '--out', out()]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/^[^\n]*--data-dir DIR[^\n]*\n$/)]);
    const empty = await spawnCli(['train', '--data', 'omniglot', '--data-dir', temporary(), '--out', out()]);
    expect(empty.code).toBe(1);
    expect(empty.stderr).toMatch(/^[^\n]*omniglot-small\.json \(ENOENT\)[^\n]*\n$/);
  });

  it.skipIf(omniglotFolder === null)(
    'leads train, and probe after it, to Omniglot (shared/data/omniglot)',
    async () => {
      const data = ['--data', 'omniglot:2x2,tile=7', '--data-dir', omniglotFolder ?? ''];
      const { code, stderr } = await spawnCli(['train', ...data, ...small, '--no-probe', '--out', out()]);
      expect(code, stderr).toBe(0);
      const [row] = JSON.parse(await readFile(join(out(), 'results.json'), 'utf8'));
      expect(row.mutualInformation).toBeCloseTo(14.5348, 3);
      const items = ['--training', '200', '--validation', '50', '--test', '50', '--json'];
      const probed = await spawnCli(['probe', '--model', out(), ...data, ...items]);
      expect(JSON.parse(probed.stdout).perFactor).toHaveLength(4);
    },
  );
});

it('gaussians are trained on, and have nothing to probe for', async () => {
  const { code } = await spawnCli(['train', '--data', 'gaussians:5,nats=3', ...small, '--out', out()]);
  expect(code).toBe(0);
  const [row] = JSON.parse(await readFile(join(out(), 'results.json'), 'utf8'));
  expect(row).toMatchObject({ mutualInformation: 3, probe: null });
});

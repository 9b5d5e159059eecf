import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { longRun, smallRun } from './small-run.js';
import { spawnCli, spawnShell } from './spawn-cli.js';

const temporary = temporaryFolder();
const out = () => join(temporary(), 'run');

describe('train', () => {
  it('leaves a checkpoint, a model, a history and results', async () => {
    const { code, stdout } = await spawnCli([...smallRun, '--steps', '40', '--out', out()]);
    expect(code).toBe(0);
    expect(stdout).toContain(`files in ${out()}`);
    expect((await readdir(out())).sort()).toEqual([
      'checkpoint.safetensors',
      'history.jsonl',
      'model.safetensors',
      'results.json',
      'settings.json',
    ]);
    const [row] = JSON.parse(await readFile(join(out(), 'results.json'), 'utf8'));
    expect(row).toMatchObject({ objective: 'wpc', critic: 'separable', lipschitz: 'gradient-penalty', probe: null });
    expect(row.mutualInformation).toBeCloseTo(Math.log(10), 12);
    expect(row.logN).toBeCloseTo(Math.log(16), 12);
    const steps = (await readFile(join(out(), 'history.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(steps.filter(({ heldOut }) => heldOut).map(({ step }) => step)).toEqual([20, 40]);
  });

  it('trains the same model with workers, and resumes it with others', async () => {
    const [alone, together] = [join(temporary(), 'alone'), join(temporary(), 'together')];
    const sized = [...smallRun, '--batch', '130', '--steps', '12', '--checkpoint-every', '5'];
    const half = sized.map((word) => (word === '12' ? '6' : word));
    expect((await spawnCli([...sized, '--out', alone])).code).toBe(0);
    expect((await spawnCli([...half, '--workers', '2', '--out', together])).code).toBe(0);
    const resume = ['train', '--resume', together, '--steps', '12', '--workers', 'auto', '--no-probe'];
    expect((await spawnCli([...resume, '--evaluate-every', '20'])).code).toBe(0);
    const model = (folder: string) => readFile(join(folder, 'model.safetensors'));
    expect((await model(together)).equals(await model(alone))).toBe(true);
    const refused = await spawnCli([...sized, '--workers', 'many', '--out', out()]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/'auto' or a whole number from 1/)]);
  });

  it('certifies what is certified, with the bound that follows', async () => {
    const certified = ['--critic', 'distance', '--temperature', '0.5', '--lipschitz', 'orthonormal', '--steps', '5'];
    expect((await spawnCli([...smallRun, ...certified, '--out', out()])).code).toBe(0);
    const [row] = JSON.parse(await readFile(join(out(), 'results.json'), 'utf8'));
    expect(row.lipschitzConstant).toBeCloseTo(Math.SQRT2 / 0.5, 2);
    expect(row.lipschitzConstant).toBeGreaterThanOrEqual(Math.SQRT2 / 0.5);
    expect(row.metric).toBe('l2');
    expect(row.steepestSlope).toBeGreaterThan(0);
    expect(row.steepestSlope).toBeLessThanOrEqual(row.lipschitzConstant);
    // Of the whole test sample; the WDM beside it is a mean over its batches.
    expect(row.w1Pairs).toBeGreaterThan(1000);
    expect((row.w1LowerBound * row.lipschitzConstant) / row.wdm).toBeCloseTo(1, 0);
  });

  it.each(['gradient-penalty', 'spectral', 'orthonormal'])('trains convolutions under %s', async (lipschitz) => {
    const isCertified = lipschitz !== 'gradient-penalty';
    const critic = isCertified ? ['--critic', 'distance', '--temperature', '0.5'] : [];
    const args = [...smallRun, '--encoder', 'c4k2s2-c8-16-8', '--lipschitz', lipschitz, ...critic, '--steps', '5'];
    const { code, stdout } = await spawnCli([...args, '--out', out()]);
    expect(code).toBe(0);
    const [row] = JSON.parse(await readFile(join(out(), 'results.json'), 'utf8'));
    if (isCertified) {
      expect(stdout).toMatch(/certified Lipschitz constant: \d/);
      expect(row.lipschitzConstant).toBeLessThanOrEqual((Math.SQRT2 / 0.5) * 1.001);
      expect(row.steepestSlope).toBeLessThanOrEqual(row.lipschitzConstant);
    } else {
      expect(stdout).not.toContain('certified Lipschitz constant: ');
    }
  });

  it('asks for the shape of images that it cannot guess', async () => {
    const wrong = ['--encoder', 'convnet', '--image-shape', '1x8x9', '--steps', '5', '--out', out()];
    const { code, stderr } = await spawnCli([...smallRun, ...wrong]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('images of 1 x 8 x 9 have 72 numbers, rows have 64');
  });

  it('says that an unconstrained value is no Wasserstein quantity', async () => {
    const { stderr } = await spawnCli([...smallRun, '--lipschitz', 'none', '--steps', '2', '--out', out()]);
    expect(stderr).toContain('no Wasserstein quantity');
  });

  it('probes labelled data at the end', async () => {
    const args = smallRun.filter((arg) => arg !== '--no-probe');
    const { stdout } = await spawnCli([...args, '--steps', '5', '--out', out(), '--json']);
    const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ done: true, objective: 'wpc', out: out() });
    expect(last.probe).toBeGreaterThan(0.2);
    expect(last.probe).toBeLessThanOrEqual(1);
  });
});

describe('X1: train without a terminal or a patient reader', () => {
  it('prints plain lines, few of them, and the result', async () => {
    const { code, stdout, stderr } = await spawnCli([...smallRun, '--steps', '300', '--out', out()]);
    expect(code).toBe(0);
    expect(stdout + stderr).toMatch(/^[\n\x20-\x7e]*$/);
    expect(stderr.split('\n').length).toBeLessThan(10);
    expect(stdout).toMatch(/value on held-out pairs: -?\d/);
  });

  it.each(['0', '1', '-3', 'wide'])('takes any COLUMNS: %s', async (COLUMNS) => {
    const command = `$KANTOROVICH ${smallRun.join(' ')} --steps 5 --out ${out()}`;
    // A pseudo-terminal, where there is a program that makes one.
    const script = `if [ "$(uname)" = Linux ] && command -v script >/dev/null; then script -qec '${command}' /dev/null; else ${command}; fi`;
    const { code, stdout } = await spawnShell(script, { env: { COLUMNS } });
    expect(stdout).toContain('files in');
    expect(code).toBe(0);
  });

  it.each(['', '--json'])('ends quietly where its reader has gone: %s', async (json) => {
    const command = `$KANTOROVICH ${longRun.join(' ')} --out ${out()} ${json} 2>&1 | head -1`;
    const { stdout, stderr } = await spawnShell(command);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stderr).toBe('');
  });

  it('prints JSON lines only, the last one done', async () => {
    const { stdout, stderr } = await spawnCli([...smallRun, '--steps', '40', '--json', '--out', out()]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, -1).map(({ step }) => step)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(lines.at(-1)).toMatchObject({ done: true, probe: null });
    expect(stderr).toBe('');
  });
});

describe('X2: train whose numbers leave the finite', () => {
  it('A4: names the step and the number, exits with 1 and saves nothing', async () => {
    const { code, stdout } = await spawnCli([...smallRun, '--lr', '1e30', '--json', '--out', out()]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { step } = lines.at(-2);
    expect(lines.at(-2)).toEqual({
      step,
      loss: null,
      nonFinite: { loss: expect.stringMatching(/^(NaN|-?Infinity)$/) },
    });
    expect(lines.at(-1)).toMatchObject({ done: false, step: step - 1, resume: null });
    expect(lines.at(-1).reason).toContain(`step ${step} `);
    expect(code).toBe(1);
    expect((await readdir(out())).sort()).toEqual(['history.jsonl']);
  });

  it('says NaN to people too', async () => {
    const { code, stderr } = await spawnCli([...smallRun, '--lr', '1e30', '--out', out()]);
    expect(stderr).toMatch(/\nstep \d+ was not taken.*(NaN|inf).*\n$/);
    expect(code).toBe(1);
  });
});

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../ts/data/safetensors.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { longRun, smallRun } from './small-run.js';
import { spawnCli } from './spawn-cli.js';

const temporary = temporaryFolder();
const out = () => join(temporary(), 'run');
const file = (name: string) => readFile(join(out(), name));

/** Does something once the run has taken `steps` steps. */
function afterSteps(steps: number, act: (child: { kill(signal: NodeJS.Signals): boolean }) => void) {
  let isDone = false;
  return (stdout: string, child: { kill(signal: NodeJS.Signals): boolean }) => {
    if (isDone || stdout.split('\n').length <= steps) return;
    isDone = true;
    act(child);
  };
}

describe('P3: a run that is interrupted', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('saves on %s, and says how to go on', async (signal, expected) => {
    const onOutput = afterSteps(30, (child) => child.kill(signal));
    const { code, stdout } = await spawnCli([...longRun, '--json', '--out', out()], { onOutput });
    expect(code).toBe(expected);
    const end = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(end).toMatchObject({ done: false, reason: 'stopped', resume: `kantorovich train --resume ${out()}` });
    const { metadata } = readSafetensors(await file('checkpoint.safetensors'));
    expect(JSON.parse(metadata.extra ?? '').counters.step).toBe(end.step);
  });

  it('ends at once on a second Ctrl-C', async () => {
    const onOutput = afterSteps(30, (child) => {
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGINT'), 10);
    });
    const { code, signal } = await spawnCli([...longRun, '--json', '--out', out()], { onOutput });
    // A signal that meets Node's own way out ends the process, which shells count as 130 too.
    expect(code ?? (signal === 'SIGINT' ? 130 : signal)).toBe(130);
  });

  it('goes on bit for bit as if nothing had been', async () => {
    const onOutput = afterSteps(30, (child) => child.kill('SIGINT'));
    const { stdout } = await spawnCli([...longRun, '--json', '--out', out()], { onOutput });
    const { step } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    const end = ['--steps', String(step + 25), '--no-probe'];
    const resumed = await spawnCli(['train', '--resume', out(), ...end]);
    expect(resumed.code).toBe(0);
    const [model, history] = [await file('model.safetensors'), stepsOf(await file('history.jsonl'))];
    expect((await spawnCli([...smallRun, ...end, '--evaluate-every', '100', '--out', out()])).code).toBe(0);
    expect(Buffer.compare(tensorsOf(await file('model.safetensors')), tensorsOf(model))).toBe(0);
    expect(stepsOf(await file('history.jsonl')).slice(step)).toEqual(history.slice(step));
    expect(history).toHaveLength(step + 25);
  });

  it('is never left with half a checkpoint by kill -9', async () => {
    for (let round = 0; round < 6; round++) {
      const onOutput = afterSteps(5 + 7 * round, (child) => setTimeout(() => child.kill('SIGKILL'), round));
      const on = round === 0 ? ['--out', out()] : ['--out', out(), '--resume'];
      const { signal } = await spawnCli([...longRun, '--json', '--checkpoint-every', '1', ...on], { onOutput });
      expect(signal).toBe('SIGKILL');
      expect(readSafetensors(await file('checkpoint.safetensors')).metadata.kind).toBe('checkpoint');
    }
    await rm(join(out(), 'checkpoint.safetensors'));
    await spawnCli([...smallRun, '--steps', '2', '--out', out()]);
    expect((await readdir(out())).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }, 120_000);

  it('is not overwritten by a new one, and outlives a resume with settings of another', async () => {
    const onOutput = afterSteps(20, (child) => child.kill('SIGINT'));
    await spawnCli([...longRun, '--json', '--out', out()], { onOutput });
    const [checkpoint, settings] = [await file('checkpoint.safetensors'), await file('settings.json')];
    const anew = await spawnCli([...smallRun, '--steps', '2', '--out', out()]);
    expect(anew.stderr).toMatch(/holds an unfinished run: --resume .* goes on with it/);
    expect(anew.code).toBe(2);
    const other = await spawnCli(['train', '--resume', out(), '--data', 'digits:1x1,tile=10', '--steps', '100']);
    expect(other.stderr).toMatch(/the checkpoint is of a run with xWidths/);
    expect(Buffer.compare(await file('checkpoint.safetensors'), checkpoint)).toBe(0);
    expect(Buffer.compare(await file('settings.json'), settings)).toBe(0);
  });

  it('fails in one line where the checkpoint cannot be written, and leaves the old file', async () => {
    await spawnCli([...smallRun, '--steps', '2', '--out', out()]);
    const before = await file('model.safetensors');
    // Not even root can rename a file over a folder that holds something.
    const blocked = join(temporary(), 'blocked');
    await mkdir(join(blocked, 'checkpoint.safetensors', 'inside'), { recursive: true });
    const { code, stderr } = await spawnCli([...smallRun, '--steps', '2', '--out', blocked]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot write .*checkpoint\.safetensors: .* \((EISDIR|ENOTEMPTY|EEXIST|EPERM)\)/);
    expect(Buffer.compare(await file('model.safetensors'), before)).toBe(0);
  });

  it('says what is wrong with a run that cannot go on', async () => {
    const missing = await spawnCli(['train', '--resume', join(temporary(), 'none')]);
    expect(missing.stderr).toMatch(/^kantorovich: cannot read .*none: no such file or folder \(ENOENT\)\n$/);
    await spawnCli([...smallRun, '--steps', '2', '--out', out()]);
    await writeFile(join(out(), 'checkpoint.safetensors'), 'not a checkpoint');
    const damaged = await spawnCli(['train', '--resume', out()]);
    expect(damaged.code).toBe(1);
    expect(damaged.stderr).not.toMatch(/\n {4}at /);
  });
});

/** All of a model's file but the description of its run, which names the number of steps. */
function tensorsOf(bytes: Uint8Array): Uint8Array {
  const { tensors } = readSafetensors(bytes);
  return Buffer.concat(
    [...tensors].map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
}

/** A history without what the clock decides. */
function stepsOf(history: Uint8Array): readonly unknown[] {
  const lines = new TextDecoder().decode(history).trim().split('\n');
  return lines.map((line) => ({ ...JSON.parse(line), examplesPerSecond: 0 }));
}

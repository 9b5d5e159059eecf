import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.js';
import { spawnCli } from './spawn-cli.js';

const temporary = temporaryFolder();
const out = () => join(temporary(), 'study');
const small = (name: string) => ['study', name, '--quick', '--seeds', '1', '--steps', '2', '--json', '--out', out()];
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const results = async () => linesOf(await readFile(join(out(), 'results.jsonl'), 'utf8'));

/** Ends the process once it has told of `count` runs. */
function endAfter(count: number, signal: NodeJS.Signals) {
  let isDone = false;
  return (stdout: string, child: { kill(signal: NodeJS.Signals): boolean }) => {
    if (isDone || stdout.split('\n').length <= count) return;
    isDone = true;
    child.kill(signal);
  };
}

describe('study', () => {
  it('log-n leaves results, tables and a figure, and a second time runs nothing', async () => {
    const { code, stdout, stderr } = await spawnCli(small('log-n'));
    expect([code, stderr]).toEqual([0, '']);
    expect((await readdir(out())).sort()).toEqual(['figure.svg', 'results.jsonl', 'tables.md']);
    expect(linesOf(stdout).at(-1)).toEqual({ done: true, out: out() });
    const found = await results();
    expect(found).toHaveLength(linesOf(stdout).length - 1);
    for (const { madeBy } of found) expect(madeBy).toMatchObject({ node: process.versions.node, version: '0.1.0' });
    const svg = await readFile(join(out(), 'figure.svg'), 'utf8');
    const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
    // Gaussians and digits, four objectives each.
    expect(document.querySelectorAll('svg > svg')).toHaveLength(8);
    expect(linesOf((await spawnCli(small('log-n'))).stdout)).toEqual([{ done: true, out: out() }]);
  }, 120_000);

  it('P3: a kill between or within runs loses no finished run, and the next call goes on', async () => {
    let told = 0;
    for (let round = 0; round < 3; round++) {
      const { signal, stdout } = await spawnCli(small('log-n'), { onOutput: endAfter(2 + round, 'SIGKILL') });
      expect(signal).toBe('SIGKILL');
      told += linesOf(stdout.slice(0, stdout.lastIndexOf('\n'))).length;
      expect((await results()).length).toBeGreaterThanOrEqual(told);
    }
    const keys = (await results()).map(({ key }) => JSON.stringify(key));
    expect(new Set(keys).size).toBe(keys.length);
    expect((await spawnCli(small('log-n'))).code).toBe(0);
    expect((await readdir(out())).sort()).toEqual(['figure.svg', 'results.jsonl', 'tables.md']);
  }, 120_000);

  it('grids stops on Ctrl-C with tables of what is done, and never runs that again', async () => {
    const first = await spawnCli(small('grids'), { onOutput: endAfter(2, 'SIGINT') });
    expect(first.code).toBe(130);
    expect(linesOf(first.stdout).at(-1)).toMatchObject({ done: false, reason: expect.stringMatching(/^stopped/) });
    const before = await results();
    expect(await readFile(join(out(), 'tables.md'), 'utf8')).toMatch(
      new RegExp(`${before.length} of \\d+ planned runs`),
    );
    const second = await spawnCli(small('grids'), { onOutput: endAfter(1, 'SIGTERM') });
    expect(second.code).toBe(143);
    const [{ run }] = linesOf(second.stdout);
    expect(before.map(({ key }) => JSON.stringify(key))).not.toContain(JSON.stringify(run));
    const after = await results();
    expect(after.slice(0, before.length)).toEqual(before);
    for (const { result } of after) {
      expect(result.failure).toBeNull();
      expect(result.curve.at(-1).validation).toBeGreaterThan(0.1);
    }
  }, 120_000);

  it('renders what is there without running', async () => {
    await spawnCli(small('log-n'), { onOutput: endAfter(3, 'SIGKILL') });
    const before = await readFile(join(out(), 'results.jsonl'), 'utf8');
    const { code } = await spawnCli([...small('log-n'), '--render']);
    expect(code).toBe(0);
    expect(await readFile(join(out(), 'results.jsonl'), 'utf8')).toBe(before);
    expect(await readFile(join(out(), 'tables.md'), 'utf8')).toMatch(/InfoNCE, exact critic, n 16/);
  }, 120_000);

  it.each(['log-n', 'grids'])('%s --help says how long it takes, gives defaults and an example', async (name) => {
    const { code, stdout, stderr } = await spawnCli(['study', name, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Usage: kantorovich study ${name}`);
    expect(stdout).toMatch(/Takes about .*minutes/);
    expect(stdout).toMatch(/\nExample/);
  });

  it('names its studies, and refuses another in one line', async () => {
    expect((await spawnCli(['study', '--help'])).stdout).toMatch(/log-n [\s\S]*grids /);
    const { code, stderr } = await spawnCli(['study', 'gridz']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^kantorovich: [^\n]*gridz[^\n]*\n$/);
  });
});

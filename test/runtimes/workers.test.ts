import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { binaries } from '../../scripts/runtimes/binaries.js';

const program = fileURLToPath(new URL('./workers-program.mjs', import.meta.url));

interface Outcome {
  readonly models: readonly string[];
  readonly refused: string;
  readonly trainers: readonly string[];
  readonly value: number;
}

/** What the program prints; it ends by itself, or the test does not. */
async function outcomeIn(command: string, ...args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1' };
  const { stdout } = await promisify(execFile)(command, [...args, program], { env });
  return JSON.parse(stdout);
}

describe('workers in other runtimes', () => {
  let inNode: Outcome;
  beforeAll(async () => {
    inNode = await outcomeIn(process.execPath);
  });

  it('train in Node what one thread does', () => {
    expect(new Set(inNode.models).size).toBe(1);
    expect(new Set(inNode.trainers).size).toBe(1);
    expect(inNode.refused).toBe('OptionsError');
  });

  it.each([
    ['Deno', binaries.deno, ['run', '--no-config', '--no-prompt', '--no-remote', '--allow-all']],
    ['Bun', binaries.bun, []],
  ] as const)('train the same, bit for bit, in %s', async (_, command, args) => {
    expect(await outcomeIn(command, ...args)).toEqual(inNode);
  });
});

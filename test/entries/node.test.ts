import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const program = (entry: string) => `
  import { infoNCE } from ${JSON.stringify(pathToFileURL(entry).href)};
  const G = [[1, 0], [0, 1], [1, 1], [-1, 0.5]];
  const H = [[0.5, 0.5], [0, 1], [1, 0], [-1, 1]];
  console.log(infoNCE(G, H).value);
`;

describe('the Node entry', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'kantorovich-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each(['plain', 'with space', 'with#hash', 'with%20percent', 'größe'])(
    'G1: finds its module from another working directory, installed in a folder called "%s"',
    async (name) => {
      const home = join(root, name);
      cpSync('dist', join(home, 'dist'), { recursive: true });
      writeFileSync(join(home, 'package.json'), '{"type":"module"}');
      const script = join(home, 'first-loss.mjs');
      writeFileSync(script, program(join(home, 'dist', 'entries', 'node.js')));
      const { stdout } = await run(process.execPath, [script], { cwd: tmpdir() });
      expect(Number(stdout)).toBeCloseTo(0.37738750158043, 6);
    },
  );
});

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPythonMissing, pythonCommand } from '../support/python.js';

const root = process.cwd();
const run = promisify(execFile);
let folder = '';
let section = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kantorovich-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules/kantorovich'));
  await symlink(join(root, 'node_modules/@tensorflow'), join(folder, 'node_modules/@tensorflow'));
  await writeFile(join(folder, 'package.json'), '{}');
  const docs = await readFile(join(root, 'docs/tfjs.md'), 'utf8');
  [, section = ''] = /^## Exchange\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(docs) ?? [];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The section's blocks in a language, in their order. */
function blocks(language: string): string[] {
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  );
}

describe('the exchange of docs/tfjs.md', () => {
  it('runs as it stands, one recipe after the other', async () => {
    const printed: string[] = [];
    for (const [at, code] of blocks('js').entries()) {
      const file = join(folder, `recipe-${at}.mjs`);
      await writeFile(file, code);
      printed.push((await run(process.execPath, [file], { cwd: folder })).stdout);
    }
    expect(printed).toHaveLength(4);
    const [layered = Number.NaN, ...native] =
      (printed[1] ?? '').trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
    expect(native).toHaveLength(2);
    for (const value of native) expect(Math.abs(value - layered)).toBeLessThan(1e-4);
  });

  it.skipIf(isPythonMissing)('goes on in Python with the files that the recipes wrote', async () => {
    const [module = '', torch = '', onnx = ''] = blocks('python');
    const python = (code: string) => run(pythonCommand, ['-c', code], { cwd: folder });
    const { stdout } = await python(`${module}\n${torch}`);
    expect(stdout).toBe('torch.Size([5, 32])\ntorch.Size([5, 32])\n');
    expect((await python(onnx)).stdout).toBe('(5, 32) separable\n');
  });
});

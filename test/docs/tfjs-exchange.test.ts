import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isPythonMissing, pythonCommand } from '../support/python.js';
import { blocksOf, lastNumbers, recipeProject, sectionOf } from './recipes.js';

const project = recipeProject();
const section = await sectionOf('Exchange');

describe('the exchange of docs/tfjs.md', () => {
  it('runs as it stands, one recipe after the other', async () => {
    const printed: string[] = [];
    for (const code of blocksOf(section, 'js')) printed.push(await project.run(code));
    expect(printed).toHaveLength(4);
    const [layered = Number.NaN, ...native] = lastNumbers(printed[1] ?? '');
    expect(native).toHaveLength(2);
    for (const value of native) expect(Math.abs(value - layered)).toBeLessThan(1e-4);
  });

  it.skipIf(isPythonMissing)('goes on in Python with the files that the recipes wrote', async () => {
    const [module = '', torch = '', onnx = ''] = blocksOf(section, 'python');
    const python = (code: string) => promisify(execFile)(pythonCommand, ['-c', code], { cwd: project.folder() });
    const { stdout } = await python(`${module}\n${torch}`);
    expect(stdout).toBe('torch.Size([5, 32])\ntorch.Size([5, 32])\n');
    expect((await python(onnx)).stdout).toBe('(5, 32) separable\n');
  });
});

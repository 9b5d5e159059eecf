import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';

const root = process.cwd();

/** The text under a heading of docs/tfjs.md. */
export async function sectionOf(title: string): Promise<string> {
  const docs = await readFile(join(root, 'docs/tfjs.md'), 'utf8');
  const [, section] = new RegExp(`^## ${title}\\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(docs) ?? [];
  if (section === undefined) throw new Error(`docs/tfjs.md has no section ${title}`);
  return section;
}

/** A text's blocks in a language, in their order. */
export function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, code = '']) => code);
}

/** A project with this package and TensorFlow.js, for all tests of a file. */
export interface RecipeProject {
  folder(): string;
  /** What a program prints there. */
  run(code: string): Promise<string>;
}

/** Made before the file's tests, removed after them. */
export function recipeProject(): RecipeProject {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kantorovich-'));
    await mkdir(join(folder, 'node_modules'));
    await symlink(root, join(folder, 'node_modules/kantorovich'));
    await symlink(join(root, 'node_modules/@tensorflow'), join(folder, 'node_modules/@tensorflow'));
    await writeFile(join(folder, 'package.json'), '{}');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return {
    folder: () => folder,
    async run(code) {
      const file = join(folder, 'recipe.mjs');
      await writeFile(file, code);
      return (await promisify(execFile)(process.execPath, [file], { cwd: folder })).stdout;
    },
  };
}

/** The numbers of the last line that a program printed. */
export function lastNumbers(printed: string): number[] {
  return (printed.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
}

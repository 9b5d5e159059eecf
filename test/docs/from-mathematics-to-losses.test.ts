import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { scoreMatrix } from '../../scripts/figures/score-matrix.js';
import { twoDistributions } from '../../scripts/figures/two-distributions.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(join(root, 'docs/from-mathematics-to-losses.md'), 'utf8');
const SEPARATOR = '----';

/** A block of code and what the page says that it prints. */
interface Listing {
  readonly code: string;
  readonly printed: string;
}

/** Every js block with the text block right below it. */
function listings(): readonly Listing[] {
  const found = page.matchAll(/^```js\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm);
  return [...found].map(([, code, printed]) => ({ code, printed }));
}

/** What each block prints when all are run as one program, against the compiled package. */
async function run(blocks: readonly Listing[]): Promise<readonly string[]> {
  // Within the package, so that its own name resolves as it does for users.
  const path = join(root, 'dist', `.page-${process.pid}.mjs`);
  await writeFile(path, blocks.map(({ code }) => code).join(`\nconsole.log('${SEPARATOR}');\n`));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [path], { cwd: root });
    return stdout.split(`${SEPARATOR}\n`);
  } finally {
    await rm(path, { force: true });
  }
}

describe('docs/from-mathematics-to-losses.md', () => {
  it('prints below every block of code, and nowhere else, what the code prints', async () => {
    const blocks = listings();
    expect(blocks.length).toBeGreaterThan(8);
    expect(page.match(/^```js$/gm)).toHaveLength(blocks.length);
    expect(page.match(/^```text$/gm)).toHaveLength(blocks.length);
    const printed = await run(blocks);
    expect(printed).toEqual(blocks.map((block) => block.printed));
  });

  it('says by hand the numbers that are printed', () => {
    const byHand = page.replace(/^```[\s\S]*?^```$/gm, '');
    for (const number of ['0.2310', '1.3799', '1.3161', '0.6744', '0.4714', '16']) {
      expect(byHand).toContain(number);
      expect(listings().some(({ printed }) => printed.includes(number))).toBe(true);
    }
  });

  it.each([
    ['two-distributions', twoDistributions],
    ['score-matrix', scoreMatrix],
  ])('shows %s as scripts/figures draws it', async (name, draw) => {
    expect(draw()).toBe(await readFile(join(root, 'docs', `${name}.svg`), 'utf8'));
  });

  it('shows figures and points at pages that are there', async () => {
    const targets = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
    const local = targets.filter((target) => !target.startsWith('https://'));
    expect(local.filter((target) => target.endsWith('.svg'))).toHaveLength(4);
    for (const target of local) {
      expect((await readFile(join(root, 'docs', target), 'utf8')).length).toBeGreaterThan(0);
    }
  });
});

// Draws the figures of docs/from-mathematics-to-losses.md: npx tsx scripts/figures/main.ts [folder]
import '../../ts/entries/node.js';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomically } from '../../ts/data/atomic-file.js';
import { brokenConstraint } from './broken-constraint.js';
import { logNCeiling } from './log-n-ceiling.js';
import { scoreMatrix } from './score-matrix.js';
import { twoDistributions } from './two-distributions.js';

const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs', import.meta.url));
const figures: Readonly<Record<string, () => string | Promise<string>>> = {
  'two-distributions': twoDistributions,
  'score-matrix': scoreMatrix,
  'log-n-ceiling': logNCeiling,
  'broken-constraint': brokenConstraint,
};
for (const [name, draw] of Object.entries(figures)) {
  const path = join(folder, `${name}.svg`);
  await writeFileAtomically(path, await draw());
  process.stdout.write(`${path}\n`);
}

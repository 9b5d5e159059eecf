import type { Command } from 'commander';
import { addApply } from '../adapter/apply.js';
import { addEval } from '../adapter/eval.js';
import { addExport } from '../adapter/export.js';
import { addFit } from '../adapter/fit.js';
import { addMigrate } from '../adapter/migrate.js';
import type { ExitCode } from '../exit-codes.js';

/** Adds `kantorovich adapter` with its commands. */
export function addAdapter(program: Command, setExit: (code: ExitCode) => void): void {
  const adapter = program
    .command('adapter')
    .summary('retrieval with embeddings made elsewhere')
    .description(
      'Learns to make embeddings of queries find the documents that they should, and measures how well they do.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ kantorovich adapter fit --queries q.npy --documents d.npy --qrels qrels.tsv --out faq.adapter.safetensors',
    );
  addFit(adapter, setExit);
  addEval(adapter, setExit);
  addApply(adapter, setExit);
  addMigrate(adapter, setExit);
  addExport(adapter, setExit);
}

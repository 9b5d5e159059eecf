import type { Command } from 'commander';
import { addEval } from '../adapter/eval.js';
import type { ExitCode } from '../exit-codes.js';

/** Adds `kantorovich adapter` with its commands. */
export function addAdapter(program: Command, setExit: (code: ExitCode) => void): void {
  const adapter = program
    .command('adapter')
    .summary('retrieval with embeddings made elsewhere')
    .description('Measures how well embeddings of queries find the documents that they should.')
    .addHelpText(
      'after',
      '\nExample:\n  $ kantorovich adapter eval --queries q.npy --documents d.npy --qrels qrels.tsv',
    );
  addEval(adapter, setExit);
}

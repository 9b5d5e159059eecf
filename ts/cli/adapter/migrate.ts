import type { Command } from 'commander';
import { fitMigration } from '../../adapters/fit-migration.js';
import { wholeNumber } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { finishFit, showEpoch } from './fit-output.js';
import { readVectors } from './inputs.js';

interface MigrateOptions {
  readonly from: string;
  readonly to: string;
  readonly out: string;
  readonly seed: number;
  readonly model?: string;
  readonly deterministic?: boolean;
  readonly json?: boolean;
}

/** Adds `kantorovich adapter migrate`. */
export function addMigrate(parent: Command, setExit: (code: ExitCode) => void): void {
  parent
    .command('migrate')
    .summary("search an old model's index with a new model")
    .description(
      'Learns to map vectors of a new model to those of an old one, of the same or another size, from texts that both ' +
        'have embedded; no labels are needed, and the index stays.',
    )
    .requiredOption('--from <file>', 'texts by the new model: .npy, .safetensors, or .jsonl with {"id", "embedding"}')
    .requiredOption('--to <file>', 'the same texts, row by row, by the old model')
    .requiredOption('--out <file>', 'the file to write, safetensors')
    .option('--model <name>', 'kept in the file: the new model')
    .option('--seed <number>', 'of the split, the order and the bootstraps', wholeNumber(0), 0)
    .option('--deterministic', 'the same bits in every runtime')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ kantorovich adapter migrate --from new.npy --to old.npy --out v2-on-v1.adapter.safetensors',
    )
    .action(async (options: MigrateOptions) => {
      await migrate(options);
      setExit(EXIT.ok);
    });
}

async function migrate({ from, to, out, json = false, ...how }: MigrateOptions): Promise<void> {
  const read = (path: string) => readVectors(path, { ids: undefined, packed: false });
  const result = await fitMigration({ from: await read(from), to: await read(to), ...how, onEpoch: showEpoch });
  await finishFit(result, out, json);
}

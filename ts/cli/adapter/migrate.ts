import type { Command } from 'commander';
import { fitMigration } from '../../adapters/fit-migration.js';
import { wholeNumber } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { interruptible } from '../signals.js';
import { addFitOutput, clearLine, type FitOutput, finishFit, showEpoch } from './fit-output.js';
import { readVectors } from './inputs.js';
import { refuseOverwrite } from './refuse-overwrite.js';

interface MigrateOptions extends FitOutput {
  readonly from: string;
  readonly to: string;
  readonly seed: number;
  readonly model?: string;
  readonly prefix?: string;
  readonly deterministic?: boolean;
}

/** Adds `kantorovich adapter migrate`. */
export function addMigrate(parent: Command, setExit: (code: ExitCode) => void): void {
  const command = parent
    .command('migrate')
    .summary("search an old model's index with a new model")
    .description(
      'Learns to map vectors of a new model to those of an old one, of the same or another size, from texts that both ' +
        'have embedded; no labels are needed, and the index stays.',
    );
  addFitOutput(command)
    .requiredOption(
      '--from <file>',
      'texts by the new model: .npy, .safetensors, .jsonl with {"id", "embedding"}, or an API\'s answer',
    )
    .requiredOption('--to <file>', 'the same texts, row by row, by the old model')
    .option('--model <name>', 'kept in the file: the new model')
    .option('--prefix <text>', 'kept in the file: what the model was given before each query')
    .option('--seed <number>', 'of the split, the order and the bootstraps', wholeNumber(0), 0)
    .option('--deterministic', 'the same bits in every runtime')
    .addHelpText(
      'after',
      '\nExample:\n  $ kantorovich adapter migrate --from new.npy --to old.npy --out v2-on-v1.adapter.safetensors',
    )
    .action(async (options: MigrateOptions) => {
      setExit(await migrate(options));
    });
}

async function migrate({ from, to, out, weights, json = false, ...how }: MigrateOptions): Promise<ExitCode> {
  await refuseOverwrite(out, [from, to]);
  const read = (path: string) => readVectors(path, { ids: undefined, packed: false });
  const texts = { from: await read(from), to: await read(to) };
  const interruption = interruptible(clearLine);
  try {
    const result = await fitMigration({ ...texts, ...how, signal: interruption.signal, onEpoch: showEpoch });
    await finishFit(result, { out, weights, json });
    return interruption.exitCode() ?? EXIT.ok;
  } finally {
    interruption.dispose();
  }
}

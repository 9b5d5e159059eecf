import { type Command, Option } from 'commander';
import { openPairs } from '../../data/open-pairs.js';
import { parsePairSpec } from '../../data/parse-pair-spec.js';
import { readBytes } from '../../data/read-bytes.js';
import { probeModel, readProbeData } from '../../training/probe-model.js';
import { DataError } from '../../wasm/errors.js';
import { wholeNumber } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonLine } from '../json-lines.js';
import { loadAnyModel } from '../model-files.js';
import { BACKEND_HELP, type TfjsBackend, tfjsBackends } from '../open-tfjs.js';
import { modelFile } from '../run-folder.js';

interface ProbeOptions {
  readonly model: string;
  readonly data: string;
  readonly dataDir?: string;
  readonly training: number;
  readonly validation: number;
  readonly test: number;
  readonly backend?: TfjsBackend;
  readonly json?: boolean;
}

/** Adds `kantorovich probe`. */
export function addProbe(program: Command, setExit: (code: ExitCode) => void): void {
  program
    .command('probe')
    .summary('read the hidden factors off embeddings, linearly')
    .description(
      'Fits a linear softmax for each hidden factor to the frozen embeddings of x, and prints its accuracy on test\n' +
        'items. The L2 strength is chosen on validation items.',
    )
    .requiredOption('--model <file>', 'a model.safetensors, or the folder of a run')
    .requiredOption('--data <source>', 'labelled data, such as digits:3x3')
    .option('--data-dir <folder>', 'where the files of omniglot are')
    .option('--training <items>', 'to fit to', wholeNumber(2), 6000)
    .option('--validation <items>', 'to choose the strength by', wholeNumber(1), 2000)
    .option('--test <items>', 'to judge on', wholeNumber(1), 2000)
    .addOption(new Option('--backend <name>', BACKEND_HELP).choices(tfjsBackends))
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ kantorovich probe --model runs/wpc-separable --data digits:3x3')
    .action(async (options: ProbeOptions) => {
      await probe(options);
      setExit(EXIT.ok);
    });
}

async function probe({ model: path, data, dataDir, backend, json, ...sizes }: ProbeOptions): Promise<void> {
  const note = (text: string) => process.stderr.write(`${text}\n`);
  const model = await loadAnyModel(await readBytes(await modelFile(path)), { backend, note });
  try {
    const pairs = await openPairs(parsePairSpec(data, { dataDir }));
    if (pairs.train.labelSizes.length === 0)
      throw new DataError(`${data} has no labels: there is nothing to probe for`);
    const { accuracy, perFactor } = probeModel(model, await readProbeData(pairs, sizes));
    const factors = [...perFactor].map((share) => `${(100 * share).toFixed(1)} %`).join(', ');
    const text = `accuracy ${(100 * accuracy).toFixed(1)} %, mean over ${perFactor.length} factors: ${factors}\n`;
    process.stdout.write(json ? jsonLine({ accuracy, perFactor: [...perFactor] }) : text);
  } finally {
    model.dispose();
  }
}

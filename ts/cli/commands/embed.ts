import { type Command, Option } from 'commander';
import { writeFileAtomically } from '../../data/atomic-file.js';
import { writeNpy } from '../../data/npy.js';
import { readBytes } from '../../data/read-bytes.js';
import { wholeNumber } from '../arguments.js';
import { type EmbedInput, readEmbedInput } from '../embed-input.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { loadAnyModel } from '../model-files.js';
import { BACKEND_HELP, type TfjsBackend, tfjsBackends } from '../open-tfjs.js';
import { modelFile } from '../run-folder.js';

interface EmbedOptions extends EmbedInput {
  readonly model: string;
  readonly out: string;
  readonly backend?: TfjsBackend;
}

/** Adds `kantorovich embed`. */
export function addEmbed(program: Command, setExit: (code: ExitCode) => void): void {
  program
    .command('embed')
    .summary('embed rows with a trained model')
    .description('Embeds rows with one of the encoders of a trained model, and writes a float32 .npy matrix.')
    .requiredOption('--model <file>', 'a model.safetensors, or the folder of a run')
    .requiredOption(
      '--input <source>',
      'a .npy or .jsonl file, a folder of images, or a data source such as digits:3x3',
    )
    .requiredOption('--out <file.npy>', 'the file to write')
    .addOption(new Option('--side <side>', 'which encoder').choices(['x', 'y']).default('x'))
    .addOption(new Option('--backend <name>', BACKEND_HELP).choices(tfjsBackends))
    .optionsGroup('For a data source:')
    .addOption(new Option('--split <part>', 'which part').choices(['train', 'validation', 'test']).default('test'))
    .option('--count <pairs>', 'how many (default: all; 1,000 where they are drawn without end)', wholeNumber(1))
    .option('--seed <number>', 'which are drawn', wholeNumber(0), 1)
    .optionsGroup('For a folder of images:')
    .option('--tile <pixels>', 'side that images are resized to', wholeNumber(1), 32)
    .addOption(new Option('--channels <number>', 'grey or colour, as numbers a pixel').choices(['1', '3']).default('1'))
    .addHelpText(
      'after',
      '\nExample:\n  $ kantorovich embed --model runs/digits --input digits:3x3 --count 500 --out x.npy',
    )
    .action(async (options: EmbedOptions) => {
      await embed(options);
      setExit(EXIT.ok);
    });
}

async function embed({ model: path, out, backend, ...input }: EmbedOptions): Promise<void> {
  const note = (text: string) => process.stderr.write(`${text}\n`);
  const model = await loadAnyModel(await readBytes(await modelFile(path)), { backend, note });
  try {
    const rows = await readEmbedInput(input);
    const embeddings = input.side === 'x' ? model.embedX(rows) : model.embedY(rows);
    await writeFileAtomically(out, writeNpy(embeddings));
    process.stdout.write(`${embeddings.rows} x ${embeddings.cols} embeddings of ${input.side} in ${out}\n`);
  } finally {
    model.dispose();
  }
}

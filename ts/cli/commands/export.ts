import { type Command, Option } from 'commander';
import { writeFileAtomically } from '../../data/atomic-file.js';
import { kerasLayers } from '../../data/keras-layers.js';
import { kerasModel } from '../../data/keras-model-json.js';
import { checkModelJsonPath, writeModelJsonFile } from '../../data/model-json-file.js';
import { readBytes } from '../../data/read-bytes.js';
import { encoderChain } from '../../training/encoder-chain.js';
import { encoderToONNX } from '../../training/export-encoder.js';
import { loadModel, type Model } from '../../training/model.js';
import type { Side } from '../../wasm/trainer.js';
import { refuseOverwrite } from '../adapter/refuse-overwrite.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonLine } from '../json-lines.js';
import { modelFile } from '../run-folder.js';

const FORMATS = ['onnx', 'safetensors', 'tfjs'] as const;

interface ExportOptions {
  readonly model: string;
  readonly side: Side;
  readonly format: (typeof FORMATS)[number];
  readonly out: string;
  readonly json?: boolean;
}

/** Adds `kantorovich export`. */
export function addExport(program: Command, setExit: (code: ExitCode) => void): void {
  program
    .command('export')
    .summary('write an encoder for another runtime')
    .description(
      'Writes one encoder of a trained model, with its constraint applied: as ONNX (rows, n x numbers, to embeddings), as ' +
        'safetensors with the names and shapes of PyTorch, or as a model.json of TensorFlow.js with its weights beside it.',
    )
    .requiredOption('--model <file>', 'a model.safetensors, or the folder of a run')
    .addOption(new Option('--side <side>', 'which encoder').choices(['x', 'y']).default('x'))
    .addOption(new Option('--format <name>', 'what is written').choices([...FORMATS]).makeOptionMandatory())
    .requiredOption('--out <file>', 'the file to write; of tfjs one that ends in .json')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ kantorovich export --model runs/digits --format onnx --out encoder.onnx\n' +
        '  $ kantorovich export --model runs/digits --side y --format tfjs --out encoder/model.json',
    )
    .action(async (options: ExportOptions) => {
      const { side, format, out, json } = options;
      const bytes = await exported(options);
      process.stdout.write(
        json
          ? jsonLine({ format, side, out, bytes })
          : `wrote the encoder of ${side} as ${format} to ${out} (${Math.ceil(bytes / 1000)} kB)\n`,
      );
      setExit(EXIT.ok);
    });
}

/** Writes the file, and gives the bytes of what it and its weights hold. */
async function exported({ model: path, side, format, out }: ExportOptions): Promise<number> {
  if (format === 'tfjs') checkModelJsonPath(out);
  const source = await modelFile(path);
  await refuseOverwrite(out, [source]);
  const model = loadModel(await readBytes(source));
  try {
    if (format === 'tfjs') return await writeTfjs(model, side, out);
    const content = format === 'onnx' ? encoderToONNX(model, side) : model.exportEncoder(side);
    await writeFileAtomically(out, content);
    return content.length;
  } finally {
    model.dispose();
  }
}

async function writeTfjs(model: Model, side: Side, out: string): Promise<number> {
  const chain = encoderChain(model, side);
  const { json, specs, weights } = kerasModel(`encoder_${side}`, chain.input[0] ?? 0, kerasLayers(chain, side));
  await writeModelJsonFile(out, json, specs, weights);
  return weights.length;
}

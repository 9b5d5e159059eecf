import { type Command, Option } from 'commander';
import { writeFileAtomically } from '../../data/atomic-file.js';
import { kerasLayers } from '../../data/keras-layers.js';
import { kerasModel } from '../../data/keras-model-json.js';
import { makeFolderOf } from '../../data/make-folder.js';
import { checkModelJsonPath, writeModelJsonFile } from '../../data/model-json-file.js';
import { readBytes } from '../../data/read-bytes.js';
import type { TfjsModel } from '../../tfjs/training/model.js';
import { encoderChain } from '../../training/encoder-chain.js';
import { encoderToONNX } from '../../training/export-encoder.js';
import type { Model } from '../../training/model.js';
import { trainedTemperature } from '../../training/trained-critic.js';
import type { Side } from '../../wasm/trainer.js';
import { refuseExisting, refuseOverwrite } from '../adapter/refuse-overwrite.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonLine } from '../json-lines.js';
import { loadAnyModel } from '../model-files.js';
import { BACKEND_HELP, type TfjsBackend, tfjsBackends } from '../open-tfjs.js';
import { modelFile } from '../run-folder.js';

const FORMATS = ['onnx', 'safetensors', 'tfjs'] as const;

interface ExportOptions {
  readonly model: string;
  readonly side: Side;
  readonly format: (typeof FORMATS)[number];
  readonly out: string;
  readonly force?: boolean;
  readonly backend?: TfjsBackend;
  readonly json?: boolean;
}

/** Adds `kantorovich export`. */
export function addExport(program: Command, setExit: (code: ExitCode) => void): void {
  program
    .command('export')
    .summary('write an encoder for another runtime')
    .description(
      'Writes one encoder of a trained model, from rows to embeddings, with its constraint applied: as ONNX, as safetensors ' +
        'with the names and shapes of PyTorch, or as a model.json of TensorFlow.js with its weights beside it. A file that ' +
        'is there already is left as it is, unless --force says to replace it.',
    )
    .requiredOption('--model <file>', 'a model.safetensors, or the folder of a run')
    .addOption(new Option('--side <side>', 'which encoder').choices(['x', 'y']).default('x'))
    .addOption(new Option('--format <name>', 'what is written').choices([...FORMATS]).makeOptionMandatory())
    .requiredOption('--out <file>', 'the file to write; of tfjs one that ends in .json')
    .option('--force', 'replace a file that is there already')
    .addOption(new Option('--backend <name>', BACKEND_HELP).choices(tfjsBackends))
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

/** Writes the file, and gives the bytes of what it, or its weights, hold. */
async function exported({ model: path, side, format, out, force, backend }: ExportOptions): Promise<number> {
  if (format === 'tfjs') checkModelJsonPath(out);
  const source = await modelFile(path);
  await refuseOverwrite(out, [source]);
  if (force !== true) await refuseExisting(out);
  const note = (text: string) => process.stderr.write(`${text}\n`);
  const model = await loadAnyModel(await readBytes(source), { backend, note });
  try {
    if ('encoders' in model) return await writeTrainedLayers(model, { side, format, out });
    if (format === 'tfjs') return await writeTfjs(model, side, out);
    return await writeWhole(out, format === 'onnx' ? encoderToONNX(model, side) : model.exportEncoder(side));
  } finally {
    model.dispose();
  }
}

async function writeWhole(out: string, content: Uint8Array): Promise<number> {
  await makeFolderOf(out);
  await writeFileAtomically(out, content);
  return content.length;
}

/** A native encoder, for which TensorFlow.js need not be there. */
async function writeTfjs(model: Model, side: Side, out: string): Promise<number> {
  const chain = encoderChain(model, side);
  const { json, specs, weights } = kerasModel(`encoder_${side}`, chain.input[0] ?? 0, kerasLayers(chain, side));
  await writeModelJsonFile(out, json, specs, weights);
  return weights.length;
}

/** An encoder that is TensorFlow.js's own. */
async function writeTrainedLayers(
  model: TfjsModel,
  { side, format, out }: Pick<ExportOptions, 'side' | 'format' | 'out'>,
): Promise<number> {
  const [{ layersFromRows }, { layersToONNX, layersToSafetensors }, { fileHandler }] = await Promise.all([
    import('../../tfjs/exchange/layers-from-rows.js'),
    import('../../tfjs/exchange/export-layers.js'),
    import('../../tfjs/exchange/file-handler.js'),
  ]);
  const layers = layersFromRows(model, side);
  if (format === 'tfjs') {
    const { modelArtifactsInfo } = await layers.save(fileHandler(out));
    return modelArtifactsInfo.weightDataBytes ?? 0;
  }
  const { objective, critic } = model.spec;
  const temperature = String(trainedTemperature(model.spec, model.tensors()));
  const metadata = { side, objective, critic, temperature };
  return writeWhole(out, await (format === 'onnx' ? layersToONNX : layersToSafetensors)(layers, { metadata }));
}

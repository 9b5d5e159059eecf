import { type Command, Option } from 'commander';
import type { Adapter } from '../../adapters/adapter.js';
import { readAdapterFile } from '../../adapters/files/read-adapter-file.js';
import type { Weights } from '../../adapters/files/stored-weights.js';
import { writeFileAtomically } from '../../data/atomic-file.js';
import { writeNpy } from '../../data/npy.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonLine } from '../json-lines.js';
import { addWeights } from './fit-output.js';
import { refuseIdle } from './refuse-idle.js';

const FORMATS = ['onnx', 'json', 'npy', 'safetensors'] as const;

interface ExportOptions {
  readonly format: (typeof FORMATS)[number];
  readonly side: 'query' | 'document';
  readonly weights: Weights;
  readonly out: string;
  readonly json?: boolean;
}

/** Adds `kantorovich adapter export`. */
export function addExport(parent: Command, setExit: (code: ExitCode) => void): void {
  const command = parent
    .command('export')
    .summary('write an adapter for another runtime')
    .description(
      'Writes one side of an adapter as ONNX (vectors, n x dims, to adapted, of length 1) or as a .npy matrix A, whose ' +
        'normalise(A x) is the output; or both sides as JSON or as safetensors, with other weights.',
    )
    .argument('<adapter>', 'the file that adapter fit wrote')
    .addOption(new Option('--format <name>', 'what is written').choices([...FORMATS]).makeOptionMandatory())
    .addOption(new Option('--side <side>', 'of ONNX and .npy').choices(['query', 'document']).default('query'));
  addWeights(command)
    .requiredOption('--out <file>', 'the file to write')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ kantorovich adapter export faq.adapter.safetensors --format onnx --out faq.onnx\n' +
        '  $ kantorovich adapter export faq.adapter.safetensors --format safetensors --weights int8 --out small.safetensors',
    )
    .action(async (path: string, options: ExportOptions) => {
      const { format, side, weights, out, json } = options;
      const isOfOne = format === 'onnx' || format === 'npy';
      const where = `with --format ${format}`;
      refuseIdle(command, [
        { option: 'side', isUsed: isOfOne, where, isFor: 'onnx and npy' },
        { option: 'weights', isUsed: format === 'safetensors', where, isFor: 'safetensors' },
      ]);
      const content = exported(await readAdapterFile(path), options);
      await writeFileAtomically(out, content);
      const bytes = content.length;
      process.stdout.write(
        json
          ? jsonLine({ format, out, bytes, side, weights })
          : `wrote ${format} to ${out} (${Math.ceil(bytes / 1000)} kB)\n`,
      );
      setExit(EXIT.ok);
    });
}

function exported(adapter: Adapter, { format, side, weights }: ExportOptions): Uint8Array {
  switch (format) {
    case 'onnx':
      return adapter.toONNX(side);
    case 'npy':
      return writeNpy(adapter.toMatrix(side));
    case 'safetensors':
      return adapter.toBytes({ weights });
    case 'json':
      return new TextEncoder().encode(`${JSON.stringify(adapter)}\n`);
    default:
      return format satisfies never;
  }
}

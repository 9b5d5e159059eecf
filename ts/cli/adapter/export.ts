import { type Command, Option } from 'commander';
import { writeFileAtomically } from '../atomic-file.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { readAdapterFile } from './adapter-file.js';

interface ExportOptions {
  readonly format: 'onnx' | 'json';
  readonly side: 'query' | 'document';
  readonly out: string;
}

/** Adds `kantorovich adapter export`. */
export function addExport(parent: Command, setExit: (code: ExitCode) => void): void {
  parent
    .command('export')
    .summary('write an adapter for another runtime')
    .description(
      'Writes an adapter as ONNX (vectors, n x dims, to adapted, of length 1; one side) or as JSON (its matrices, both ' +
        'sides).',
    )
    .argument('<adapter>', 'the file that adapter fit wrote')
    .addOption(new Option('--format <name>', 'what is written').choices(['onnx', 'json']).makeOptionMandatory())
    .addOption(new Option('--side <side>', 'of ONNX: which side').choices(['query', 'document']).default('query'))
    .requiredOption('--out <file>', 'the file to write')
    .addHelpText(
      'after',
      '\nExample:\n  $ kantorovich adapter export faq.adapter.safetensors --format onnx --out faq.onnx',
    )
    .action(async (path: string, { format, side, out }: ExportOptions) => {
      const adapter = await readAdapterFile(path);
      const content = format === 'onnx' ? adapter.toONNX(side) : `${JSON.stringify(adapter)}\n`;
      await writeFileAtomically(out, content);
      process.stdout.write(`wrote ${format} to ${out} (${Math.ceil(content.length / 1000)} kB)\n`);
      setExit(EXIT.ok);
    });
}

import { Command } from 'commander';
import { wholeNumber } from '../../ts/cli/arguments.js';
import { packageVersion } from '../../ts/cli/package-version.js';

/** What `npm run demo` can be told, after `--`. */
export interface DemoOptions {
  readonly host: string;
  /** The first port that is tried; 0 is any that is free. */
  readonly port: number;
  /** Where the page is written instead of being served. */
  readonly build?: string;
}

/** Parses the arguments; wrong ones throw a CommanderError after one line on standard error. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const command = new Command('npm run demo --')
    .description(
      'Serves a page that trains WPC and CPC side by side on handwritten digits, in workers of the browser, and fits an\n' +
        'adapter to embeddings that are dropped on it. Nothing leaves the page. Ctrl-C stops the server.',
    )
    .option('--port <number>', 'the port, or the next one that is free', wholeNumber(0), 4173)
    .option('--host <name>', 'the address to listen at', 'localhost')
    .option('--build <folder>', 'write the page there, for any static host, and serve nothing')
    .version(packageVersion(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`npm run demo: ${text.trim().replace(/^error: /, '')}\n`) })
    .addHelpText('after', '\nExample:\n  $ npm run demo -- --build runs/demo')
    .parse(args, { from: 'user' });
  return command.opts<DemoOptions>();
}

import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { type Interpreters, isOf, nodeEngines, pythonEngines } from './roster.js';

/** What the command line says. */
export interface Options {
  readonly quick?: boolean;
  readonly check?: boolean;
  readonly json?: string;
  readonly figure?: string;
  /** Names; undefined for all. */
  readonly engines?: readonly string[];
  readonly python: Interpreters;
}

/** The command, which hands chosen suites (none for all) and options to `run`. */
export function command(
  suites: readonly string[],
  run: (suites: readonly string[], options: Options) => Promise<void>,
): Command {
  return new Command('npm run bench --')
    .description(
      'Times this library and its peers on the same problems; answers are compared before anything is timed.',
    )
    .addArgument(new Argument('[suite...]', 'what to measure (default: everything)').choices(suites))
    .option('--quick', 'fewer cases and rounds, under two minutes; everything takes about a quarter of an hour')
    .addOption(new Option('--check', 'tiny sizes, answers only, no timing').conflicts(['quick', 'json', 'figure']))
    .option('--json <file>', 'also write the records there')
    .option('--figure <file>', 'also draw the suite scale as an SVG file: time against n')
    .addOption(
      new Option('--engines <names>', `only these: ${[...nodeEngines, ...pythonEngines].join(',')}`).argParser(listOf),
    )
    .addOption(
      new Option('--python <name=path,...>', 'which Python has an engine; pytorch-NAME=path adds another PyTorch')
        .env('KANTOROVICH_BENCH_PYTHON')
        .argParser(interpreters)
        .default(new Map(), 'python3 for all'),
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .action((names, options, self) => {
      const known = [...nodeEngines, ...pythonEngines, ...options.python.keys()];
      const unknown = options.engines?.find((name: string) => !known.includes(name));
      if (unknown !== undefined) self.error(`error: no engine '${unknown}'. Allowed are ${known.join(', ')}.`);
      if (options.figure !== undefined && names.length > 0 && !names.includes('scale')) {
        self.error("error: --figure draws the suite 'scale', which is not among those to measure");
      }
      return run(names, options);
    });
}

function listOf(text: string): readonly string[] {
  return text.split(',');
}

function interpreters(text: string): Interpreters {
  const pairs = text.split(',').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (at < 1 || !pythonEngines.some((kind) => isOf(kind, name))) {
      throw new InvalidArgumentError(`Expected ${pythonEngines.join(' or ')}, maybe with -NAME, then =PATH.`);
    }
    return [name, pair.slice(at + 1)];
  });
  return new Map(pairs);
}

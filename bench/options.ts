import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { type Interpreters, isOf, nodeEngines, pythonEngines, turbo } from './roster.js';

/** What the command line says. */
export interface Options {
  readonly quick?: boolean;
  readonly check?: boolean;
  readonly json?: string;
  readonly figure?: string;
  readonly turbo?: boolean;
  /** Names; undefined for all. */
  readonly engines?: readonly string[];
  readonly python: Interpreters;
}

/** The command on `suites`, whose names have a line each on what they measure; it hands what was chosen to `run`. */
export function command(
  suites: ReadonlyMap<string, string>,
  run: (suites: readonly string[], options: Options) => Promise<void>,
): Command {
  return new Command('npm run bench --')
    .description(
      'Times this library and its peers on the same problems; answers are compared before anything is timed.',
    )
    .addArgument(new Argument('[suite...]', 'what to measure (default: everything)').choices([...suites.keys()]))
    .addHelpText(
      'after',
      ['', 'Suites:', ...[...suites].map(([name, about]) => `  ${name.padEnd(6)} ${about}`)].join('\n'),
    )
    .option('--quick', 'fewer cases and rounds, about two minutes; everything takes about twenty minutes')
    .addOption(new Option('--check', 'tiny sizes, answers only, no timing').conflicts(['quick', 'json', 'figure']))
    .option('--json <file>', 'also write the records there')
    .option('--figure <file>', 'also draw the suite scale as an SVG file: time against n')
    .option('--turbo', 'also this library with its experimental enableTurbo(), where that gains anything')
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
      const objection = objectionTo(names, options);
      if (objection !== null) self.error(`error: ${objection}`);
      return run(names, options);
    });
}

/** What the options by themselves can't tell. */
function objectionTo(
  suites: readonly string[],
  { engines = [], python, figure, turbo: withTurbo }: Options,
): string | null {
  const known = [...nodeEngines, ...(withTurbo ? [turbo] : []), ...pythonEngines, ...python.keys()];
  const unknown = engines.find((name) => !known.includes(name));
  if (unknown !== undefined) return `no engine '${unknown}'. Allowed are ${known.join(', ')}.`;
  const drawn = suites.length === 0 || suites.includes('scale');
  return figure === undefined || drawn ? null : "--figure draws the suite 'scale', which is not among those to measure";
}

function listOf(text: string): readonly string[] {
  return text.split(',');
}

function interpreters(text: string): Interpreters {
  const pairs = text.split(',').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (at < 1 || nodeEngines.includes(name) || !pythonEngines.some((kind) => isOf(kind, name))) {
      throw new InvalidArgumentError(`Expected ${pythonEngines.join(' or ')}, maybe with -NAME, then =PATH.`);
    }
    return [name, pair.slice(at + 1)];
  });
  return new Map(pairs);
}

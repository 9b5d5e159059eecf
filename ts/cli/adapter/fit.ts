import { type Command, InvalidArgumentError, Option } from 'commander';
import { fitAdapter } from '../../adapters/fit-adapter.js';
import { ADAPTS, type Adapt } from '../../adapters/heads/heads.js';
import { cutoffs, numberFrom, positiveNumber, share, wholeNumber } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { interruptible } from '../signals.js';
import { addFitOutput, clearLine, type FitOutput, finishFit, showEpoch } from './fit-output.js';
import { addRetrievalFiles, type RetrievalFiles, readRetrievalSet } from './inputs.js';
import { refuseIdle } from './refuse-idle.js';
import { refuseOverwrite } from './refuse-overwrite.js';

interface FitOptions extends RetrievalFiles, FitOutput {
  readonly adapt?: Adapt;
  readonly hidden?: number;
  readonly dims?: readonly number[];
  readonly rank: 'auto' | 'full' | number;
  readonly objective: 'cpc' | 'wpc';
  readonly scale: number;
  readonly negatives: 'all' | 'batch' | 'mined';
  readonly mine: number;
  readonly relativeMargin: number;
  readonly candidates?: number;
  readonly learningRate: 'auto' | number;
  readonly batch: 'auto' | number;
  readonly epochs: number;
  readonly patience: number;
  readonly maxDrift?: number;
  readonly splitBy: 'query' | 'document';
  readonly validation: number;
  readonly test: number;
  readonly precision: number;
  readonly seed: number;
  readonly model?: string;
  readonly prefix?: string;
  readonly deterministic?: boolean;
}

const EXAMPLE = `
Example:
  $ kantorovich adapter fit --queries q.npy --documents d.npy --qrels qrels.tsv --out faq.adapter.safetensors

Where held-out queries do not show that it is better than none, the file holds the identity (with --dims, principal
components; between two sizes, Procrustes' map).
Ctrl-C ends training; the best so far is judged and written.`;

/** Adds `kantorovich adapter fit`. */
export function addFit(parent: Command, setExit: (code: ExitCode) => void): void {
  const command = parent
    .command('fit')
    .summary('learn an adapter from pairs')
    .description(
      'Learns y = normalise(x + W x) from queries and their relevant documents, prints what held-out queries say ' +
        'beside no adapter, Procrustes and ridge, and writes the adapter. With --dims, or between vectors of two sizes, ' +
        'it learns y = normalise(M x), beside principal components or Procrustes.',
    );
  addFitOutput(addRetrievalFiles(command))
    .addOption(
      new Option('--adapt <side>', 'which side is changed (default: query; both with --dims)').choices([...ADAPTS]),
    )
    .option('--rank <rank>', 'of W: full, a number, or auto, full up to 768 dimensions and 64 above', rank, 'auto')
    .option('--hidden <units>', 'a perceptron of so many units in the place of W (default: none)', wholeNumber(1))
    .option(
      '--dims <numbers>',
      'smaller vectors of both sides; several, such as 256,128,64, are Matryoshka sizes',
      cutoffs,
    )
    .option('--max-drift <degrees>', 'no vector turns by more (default: no limit)', numberFrom(0.1, 90))
    .option('--model <name>', 'kept in the file: the model that made the vectors')
    .option('--prefix <text>', 'kept in the file: what the model was given before each query')
    .optionsGroup('Training:')
    .addOption(
      new Option('--objective <name>', 'what is climbed; wpc needs --max-drift').choices(['cpc', 'wpc']).default('cpc'),
    )
    .option('--scale <number>', 'what cosines are multiplied by', positiveNumber, 30)
    .addOption(
      new Option(
        '--negatives <which>',
        "what a query is told apart from: all training documents, those of its batch, or the batch's and mined ones",
      )
        .choices(['all', 'batch', 'mined'])
        .default('all'),
    )
    .option('--mine <number>', 'with --negatives mined: hard negatives a query, beside its batch', wholeNumber(1), 4)
    .option(
      '--relative-margin <share>',
      'with --negatives mined: by which they score below the positive',
      numberFrom(0, 1),
      0.05,
    )
    .option(
      '--candidates <number>',
      'with --negatives all: documents a step (default: all up to 4,000, else 512)',
      wholeNumber(1),
    )
    .option('--learning-rate <number>', 'of Adam; auto tries 0.002 and 0.001', learningRate, 'auto')
    .option(
      '--batch <queries>',
      'queries a step; auto is a sixteenth of the training queries, from 8 to 64; 64 unless negatives are all',
      batch,
      'auto',
    )
    .option('--epochs <number>', 'at most', wholeNumber(1), 20)
    .option('--patience <epochs>', 'without a better MRR@10', wholeNumber(1), 4)
    .option('--seed <number>', 'of the split, the order and the bootstraps', wholeNumber(0), 0)
    .option('--deterministic', 'the same bits in every runtime')
    .optionsGroup('Held-out queries:')
    .addOption(
      new Option('--split-by <what>', 'what must not be in two parts').choices(['query', 'document']).default('query'),
    )
    .option('--validation <share>', 'of the queries, for early stopping and the verdict', positiveNumber, 0.15)
    .option('--test <share>', 'of the queries, for the figures that are printed', positiveNumber, 0.25)
    .option('--precision <share>', 'of the threshold that is printed', share, 0.9)
    .addHelpText('after', EXAMPLE)
    .action(async (options: FitOptions) => {
      refuseIdleFit(command, options);
      setExit(await fit(options));
    });
}

function refuseIdleFit(command: Command, { negatives, dims, rank }: FitOptions): void {
  const mined = { isUsed: negatives === 'mined', where: `with --negatives ${negatives}`, isFor: '--negatives mined' };
  refuseIdle(command, [
    { ...mined, option: 'mine' },
    { ...mined, option: 'relativeMargin' },
    {
      option: 'candidates',
      isUsed: negatives === 'all',
      where: `with --negatives ${negatives}`,
      isFor: '--negatives all',
    },
    {
      option: 'rank',
      // A number is refused by what fits.
      isUsed: dims === undefined || typeof rank === 'number',
      where: 'with --dims',
      isFor: 'adapters that add to a vector',
    },
  ]);
}

async function fit(options: FitOptions): Promise<ExitCode> {
  const { out, weights, json, queries, documents, qrels, queryIds, documentIds, packed, ...rest } = options;
  const { epochs, splitBy, validation, test, negatives, mine, relativeMargin, ...how } = rest;
  const ids = { ...(queryIds !== undefined && { queryIds }), ...(documentIds !== undefined && { documentIds }) };
  await refuseOverwrite(
    out,
    [queries, documents, qrels, queryIds, documentIds].filter((path) => path !== undefined),
  );
  const set = await readRetrievalSet({ queries, documents, qrels, ...ids, ...(packed && { packed }) });
  const interruption = interruptible(clearLine);
  try {
    const result = await fitAdapter({
      ...set,
      ...how,
      maxEpochs: epochs,
      negatives: negatives === 'mined' ? { mine, relativeMargin } : negatives,
      split: { by: splitBy, validation, test },
      signal: interruption.signal,
      onEpoch: showEpoch,
    });
    await finishFit(result, { out, weights, ...(json && { json }) });
    return interruption.exitCode() ?? EXIT.ok;
  } finally {
    interruption.dispose();
  }
}

function rank(text: string): 'auto' | 'full' | number {
  if (text === 'auto' || text === 'full') return text;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be auto, full or a whole number from 1.');
}

function batch(text: string): 'auto' | number {
  return text === 'auto' ? text : wholeNumber(1)(text);
}

function learningRate(text: string): 'auto' | number {
  return text === 'auto' ? text : positiveNumber(text);
}

import { type Command, Option } from 'commander';
import { evaluateRetrieval, type RetrievalEvaluation } from '../../adapters/evaluate-retrieval.js';
import type { Quantization, RetrievalMetric } from '../../adapters/prepare.js';
import { cutoffs, wholeNumber } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { formatCount } from '../format.js';
import { jsonLine } from '../json-lines.js';
import { isRedrawable } from '../terminal.js';
import { addRetrievalFiles, type RetrievalFiles, readRetrievalSet } from './inputs.js';
import { metricsTable } from './metrics-table.js';

interface EvalOptions extends RetrievalFiles {
  readonly k: readonly number[];
  readonly metric: RetrievalMetric;
  readonly quantize: Quantization;
  readonly truncate?: number;
  readonly json?: boolean;
}

/** Adds `kantorovich adapter eval`. */
export function addEval(parent: Command, setExit: (code: ExitCode) => void): void {
  const command = parent
    .command('eval')
    .summary('measure retrieval with embeddings')
    .description(
      'Ranks all documents for every judged query and prints recall, precision, MRR, nDCG and MAP at each k, as ' +
        'trec_eval defines them.',
    );
  addRetrievalFiles(command)
    .option('--k <numbers>', 'cut-offs, such as 1,5,10', cutoffs, [1, 5, 10])
    .addOption(
      new Option('--metric <name>', 'how documents are scored').choices(['cosine', 'inner-product']).default('cosine'),
    )
    .addOption(
      new Option('--quantize <form>', 'how the index stores documents')
        .choices(['none', 'int8', 'binary'])
        .default('none'),
    )
    .option('--truncate <dims>', 'compare the first dimensions only (default: all)', wholeNumber(1))
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ kantorovich adapter eval --queries q.npy --documents d.npy --qrels qrels.tsv --k 1,10',
    )
    .action(async (options: EvalOptions) => {
      await evaluate(options);
      setExit(EXIT.ok);
    });
}

async function evaluate({ k, metric, quantize, truncate, json, ...files }: EvalOptions): Promise<void> {
  const set = await readRetrievalSet(files);
  const how = { k, metric, quantize, ...(truncate !== undefined && { truncate }) };
  const found = evaluateRetrieval({ ...set, ...how, onProgress: showProgress });
  const { metrics, counts } = found;
  process.stdout.write(json ? jsonLine({ metrics, counts: { ...counts }, ...how }) : asText(found, how));
}

function asText({ metrics, counts }: RetrievalEvaluation, how: Pick<EvalOptions, 'metric' | 'quantize'>): string {
  const unjudged = counts.unjudged > 0 ? ` (${formatCount(counts.unjudged)} more without judgement)` : '';
  const stored = how.quantize === 'none' ? '' : `, ${how.quantize} index`;
  const head =
    `queries ${formatCount(counts.queries)}${unjudged}   documents ${formatCount(counts.documents)}   ` +
    `relevant ${formatCount(counts.relevant)}   ${formatCount(counts.dims)}-d   ${how.metric}${stored}\n`;
  return head + metricsTable([{ name: 'base', metrics }]);
}

/** One line on a terminal, drawn anew; nothing where there is no terminal. */
function showProgress(done: number, queries: number): void {
  if (!isRedrawable(process.stderr)) return;
  process.stderr.write(done < queries ? `\r${formatCount(done)} of ${formatCount(queries)} queries` : '\r\x1b[K');
}

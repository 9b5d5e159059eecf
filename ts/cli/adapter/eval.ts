import { type Command, Option } from 'commander';
import type { Adapter } from '../../adapters/adapter.js';
import { type RankChanges, rankChanges } from '../../adapters/adapter-report.js';
import { evaluateRetrieval, type RetrievalEvaluation } from '../../adapters/evaluate-retrieval.js';
import { preparedRows, type Quantization, type RetrievalMetric } from '../../adapters/prepare.js';
import { type AtThreshold, atThreshold, scoredPairs } from '../../adapters/scored-pairs.js';
import { tieOrder } from '../../adapters/tie-order.js';
import { cutoffs, share, wholeNumber } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { formatCount, formatFigure } from '../format.js';
import { jsonLine } from '../json-lines.js';
import { isRedrawable } from '../terminal.js';
import { readAdapterFile } from './adapter-file.js';
import { addRetrievalFiles, type RetrievalFiles, type RetrievalSet, readRetrievalSet } from './inputs.js';
import { metricsTable } from './metrics-table.js';

interface EvalOptions extends RetrievalFiles {
  readonly k: readonly number[];
  readonly metric: RetrievalMetric;
  readonly quantize: Quantization;
  readonly truncate?: number;
  readonly precision: number;
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
  addRetrievalFiles(
    command.argument(
      '[adapter]',
      'the file that adapter fit wrote, measured beside no adapter; queries it was trained on flatter it',
    ),
  )
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
    .option('--precision <share>', "of the adapter's threshold: what queries find above it is printed", share, 0.9)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ kantorovich adapter eval --queries q.npy --documents d.npy --qrels qrels.tsv --k 1,10',
    )
    .action(async (adapter: string | undefined, options: EvalOptions) => {
      await evaluate(adapter, options);
      setExit(EXIT.ok);
    });
}

async function evaluate(path: string | undefined, options: EvalOptions): Promise<void> {
  const { k, metric, quantize, truncate, precision, json, ...files } = options;
  const adapter = path === undefined ? null : await readAdapterFile(path);
  const set = await readRetrievalSet(files);
  const how = { k, metric, quantize, ...(truncate !== undefined && { truncate }) };
  const found = evaluateRetrieval({ ...set, ...how, onProgress: showProgress });
  const mapped = adapter && adaptedSet(adapter, set);
  const adapted = mapped && evaluateRetrieval({ ...mapped, ...how, onProgress: showProgress });
  const { metrics, counts } = found;
  const changes = adapted && rankChanges(found.perQuery.firstRelevant, adapted.perQuery.firstRelevant);
  const threshold = mapped && measureThreshold(adapter, mapped, precision, how);
  const more = adapted && changes && { adapted: adapted.metrics, ranks: { ...changes } };
  const above = mapped && { precision, threshold: threshold && { ...threshold } };
  process.stdout.write(
    json
      ? jsonLine({ metrics, counts: { ...counts }, ...how, ...more, ...above })
      : asText(found, adapted, changes, how) + (threshold ? thresholdLine(threshold, precision) : ''),
  );
}

/** What is above the adapter's threshold; null where it has none, or scores are not the cosines that it is of. */
function measureThreshold(
  adapter: Adapter,
  { queries, documents, qrels }: RetrievalSet,
  precision: number,
  { metric, quantize, truncate }: Pick<EvalOptions, 'metric' | 'quantize' | 'truncate'>,
): AtThreshold | null {
  const score = adapter.threshold({ precision });
  if (score === null || metric !== 'cosine' || quantize !== 'none' || truncate !== undefined) return null;
  const cosine = { metric } as const;
  const index = {
    documents: preparedRows(documents, cosine, 'documents'),
    ...{ ties: tieOrder(documents), qrels },
  };
  return atThreshold(scoredPairs(preparedRows(queries, cosine, 'queries'), index, {}), score);
}

function thresholdLine({ score, precision, recall }: AtThreshold, wanted: number): string {
  const found = precision === null ? 'none reaches it' : formatFigure(precision);
  return `threshold ${formatFigure(score)} for precision ${wanted}: precision ${found}, recall ${formatFigure(recall)}\n`;
}

function adaptedSet(adapter: Adapter, { queries, documents, qrels }: RetrievalSet): RetrievalSet {
  return {
    queries: { ...adapter.queries(queries), ids: queries.ids },
    documents: { ...adapter.documents(documents), ids: documents.ids },
    qrels,
  };
}

function asText(
  { metrics, counts }: RetrievalEvaluation,
  adapted: RetrievalEvaluation | null,
  changes: RankChanges | null,
  how: Pick<EvalOptions, 'metric' | 'quantize'>,
): string {
  const unjudged = counts.unjudged > 0 ? ` (${formatCount(counts.unjudged)} more without judgement)` : '';
  const stored = how.quantize === 'none' ? '' : `, ${how.quantize} index`;
  const head =
    `queries ${formatCount(counts.queries)}${unjudged}   documents ${formatCount(counts.documents)}   ` +
    `relevant ${formatCount(counts.relevant)}   ${formatCount(counts.dims)}-d   ${how.metric}${stored}\n`;
  const columns = [{ name: 'base', metrics }, ...(adapted ? [{ name: 'adapted', metrics: adapted.metrics }] : [])];
  const ranks = changes
    ? `ranks: ${formatCount(changes.better)} better, ${formatCount(changes.worse)} worse, ${formatCount(changes.same)} the same\n`
    : '';
  return head + metricsTable(columns) + ranks;
}

/** One line on a terminal, drawn anew; nothing where there is no terminal. */
function showProgress(done: number, queries: number): void {
  if (!isRedrawable(process.stderr)) return;
  process.stderr.write(done < queries ? `\r${formatCount(done)} of ${formatCount(queries)} queries` : '\r\x1b[K');
}

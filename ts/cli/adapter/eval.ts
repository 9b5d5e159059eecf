import { type Command, Option } from 'commander';
import type { Adapter } from '../../adapters/adapter.js';
import { type AtThreshold, atThreshold, scoredPairs } from '../../adapters/calibration/scored-pairs.js';
import { readAdapterFile } from '../../adapters/files/read-adapter-file.js';
import { tieOrder } from '../../adapters/inputs/tie-order.js';
import { type RankChanges, rankChanges } from '../../adapters/judgement/adapter-report.js';
import { evaluateRetrieval, type RetrievalEvaluation } from '../../adapters/retrieval/evaluate-retrieval.js';
import { preparedRows, type Quantization, type RetrievalMetric } from '../../adapters/retrieval/prepare.js';
import type { JsonValue } from '../../data/json-text.js';
import { cutoffs, share, wholeNumber } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { formatCount, formatFigure } from '../format.js';
import { jsonLine } from '../json-lines.js';
import { isRedrawable } from '../terminal.js';
import { addRetrievalFiles, type RetrievalFiles, type RetrievalSet, readRetrievalSet } from './inputs.js';
import { metricsTable } from './metrics-table.js';
import { refuseIdle } from './refuse-idle.js';

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
      refuseIdle(command, [
        { option: 'precision', isUsed: adapter !== undefined, where: 'without an adapter', isFor: 'its threshold' },
      ]);
      await evaluate(adapter, options);
      setExit(EXIT.ok);
    });
}

async function evaluate(path: string | undefined, options: EvalOptions): Promise<void> {
  const { k, metric, quantize, truncate, precision, json, ...files } = options;
  const adapter = path === undefined ? null : await readAdapterFile(path);
  const set = await readRetrievalSet(files);
  const how = { k, metric, quantize, ...(truncate !== undefined && { truncate }) };
  const measured = (one: RetrievalSet) => evaluateRetrieval({ ...one, ...how, onProgress: showProgress });
  const mapped = adapter && adaptedSet(adapter, set);
  const adapted = mapped && measured(mapped);
  // Vectors of two sizes cannot be compared before they are mapped.
  const base = adapted === null || set.queries.cols === set.documents.cols ? measured(set) : null;
  const found = { base, adapted };
  const threshold = mapped && measureThreshold(adapter, mapped, precision, how);
  const above = mapped && { precision, threshold: threshold && { ...threshold } };
  process.stdout.write(
    json
      ? jsonLine({ ...asJson(found, how), ...above })
      : asText(found, how) + (threshold ? thresholdLine(threshold, precision) : ''),
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
    ties: tieOrder(documents),
    qrels,
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

/** Vectors as they are and as an adapter maps them; at least one of the two. */
interface Found {
  readonly base: RetrievalEvaluation | null;
  readonly adapted: RetrievalEvaluation | null;
}

type How = Pick<EvalOptions, 'k' | 'metric' | 'quantize' | 'truncate'>;

function changesOf({ base, adapted }: Found): RankChanges | null {
  return base && adapted && rankChanges(base.perQuery.firstRelevant, adapted.perQuery.firstRelevant);
}

function asJson(found: Found, how: How): Readonly<Record<string, JsonValue | undefined>> {
  const { base, adapted } = found;
  const changes = changesOf(found);
  return {
    metrics: base?.metrics ?? null,
    counts: { ...(base ?? adapted)?.counts },
    ...how,
    ...(adapted && { adapted: adapted.metrics, adaptedDims: adapted.counts.dims }),
    ...(changes && { ranks: { ...changes } }),
  };
}

function asText(found: Found, how: How): string {
  const columns = Object.entries(found).flatMap(([name, one]: [string, RetrievalEvaluation | null]) =>
    one ? [{ name, metrics: one.metrics, counts: one.counts }] : [],
  );
  const [{ counts }] = columns as [(typeof columns)[number]];
  const changes = changesOf(found);
  const dims = [...new Set(columns.map((column) => `${formatCount(column.counts.dims)}-d`))].join(' and ');
  const unjudged = counts.unjudged > 0 ? ` (${formatCount(counts.unjudged)} more without judgement)` : '';
  const stored = how.quantize === 'none' ? '' : `, ${how.quantize} index`;
  const head =
    `queries ${formatCount(counts.queries)}${unjudged}   documents ${formatCount(counts.documents)}   ` +
    `relevant ${formatCount(counts.relevant)}   ${dims}   ${how.metric}${stored}\n`;
  const ranks = changes
    ? `ranks: ${formatCount(changes.better)} better, ${formatCount(changes.worse)} worse, ${formatCount(changes.same)} the same\n`
    : '';
  const caution = found.adapted ? 'queries that an adapter was trained on flatter it\n' : '';
  return head + metricsTable(columns) + ranks + caution;
}

/** One line on a terminal, drawn anew; nothing where there is no terminal. */
function showProgress(done: number, queries: number): void {
  if (!isRedrawable(process.stderr)) return;
  process.stderr.write(done < queries ? `\r${formatCount(done)} of ${formatCount(queries)} queries` : '\r\x1b[K');
}

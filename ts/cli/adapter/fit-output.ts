import { type Command, Option } from 'commander';
import { WEIGHTS, type Weights } from '../../adapters/files/stored-weights.js';
import type { FitAdapterResult } from '../../adapters/fit-adapter.js';
import type { Adapt } from '../../adapters/heads/heads.js';
import type { AdapterEpoch } from '../../adapters/training/train-heads.js';
import { writeFileAtomically } from '../../data/atomic-file.js';
import { formatFigure } from '../format.js';
import { jsonLine } from '../json-lines.js';
import { columnsOf, isRedrawable } from '../terminal.js';

/** How a fitted adapter is written and printed. */
export interface FitOutput {
  readonly out: string;
  readonly weights: Weights;
  readonly json?: boolean;
}

/** Adds the options that {@link FitOutput} comes from. */
export function addFitOutput(command: Command): Command {
  return addWeights(command.requiredOption('--out <file>', 'the file to write, safetensors')).option(
    '--json',
    'print one JSON object',
  );
}

/** Adds the option of how a file keeps matrices. */
export function addWeights(command: Command): Command {
  return command.addOption(
    new Option('--weights <type>', 'how the file keeps matrices; f16 is half as large, int8 a quarter')
      .choices([...WEIGHTS])
      .default('f32'),
  );
}

/**
 * Writes the adapter and prints its report.
 *
 * @throws {FileError} where the file cannot be written
 */
export async function finishFit(result: FitAdapterResult, { out, weights, json = false }: FitOutput): Promise<void> {
  clearLine();
  const bytes = result.adapter.toBytes({ weights });
  await writeFileAtomically(out, bytes);
  process.stdout.write(json ? asJson(result, out, bytes.length) : asText(result, out, bytes.length));
}

/** What an adapter of each side means for an index. */
const INDEX: Readonly<Record<Adapt, string>> = {
  query: 'documents need no re-embedding',
  document: 'apply it to the documents; queries stay as they are',
  shared: 'apply it to the documents too',
  both: 'apply it to the documents too',
};

function asText({ adapter, improved, report }: FitAdapterResult, out: string, bytes: number): string {
  const size = `(${Math.ceil(bytes / 1000)} kB)`;
  const components = `principal components ${size}`;
  const map = `Procrustes' map ${size}`;
  const fallback = { base: 'the identity', pca: components, aligned: components, procrustes: map };
  const what = improved ? `the adapter ${size}` : fallback[report.fallback];
  return `${report}\nwrote ${what} to ${out} after ${report.seconds.toFixed(1)} s; ${INDEX[adapter.adapt]}\n`;
}

function asJson({ improved, reason, report, adapter }: FitAdapterResult, out: string, bytes: number): string {
  const { metrics, ranks, queries, negatives, training, verdict, calibration } = report;
  const { adapt, head, rank, hidden, dims, documentDims, sizes } = adapter;
  const rows = (by: typeof metrics) => Object.fromEntries(Object.entries(by).map(([name, row]) => [name, { ...row }]));
  const bySize = report.sizes.map((size) => ({ ...size, metrics: rows(size.metrics), ranks: { ...size.ranks } }));
  return jsonLine({
    improved,
    reason,
    out,
    bytes,
    adapt,
    head,
    rank,
    hidden,
    dims,
    documentDims,
    outputs: sizes,
    pairs: report.pairs,
    documents: report.documents,
    sharedDocuments: report.sharedDocuments,
    fallback: report.fallback,
    sizes: bySize,
    metrics: rows(metrics),
    ranks: { ...ranks },
    queries: { ...queries },
    negatives: { ...negatives, duplicates: { ...negatives.duplicates } },
    training: { ...training },
    p: verdict.difference.p,
    crossFitted: verdict.crossFitted,
    calibration: calibration && { ...calibration, threshold: calibration.threshold && { ...calibration.threshold } },
    seconds: report.seconds,
  });
}

/** One line on a terminal, drawn anew; elsewhere nothing. */
export function showEpoch(epoch: AdapterEpoch): void {
  if (!isRedrawable(process.stderr)) return;
  process.stderr.write(`\r\x1b[K${epochLine(epoch, columnsOf(process.stderr))}`);
}

/** Where training stands, cut to the columns: of a line that wraps, only the end could be removed. */
export function epochLine({ epoch, maxEpochs, learningRate, mrr, fold, folds }: AdapterEpoch, columns: number): string {
  const stage = fold > 0 ? `verdict, part ${fold} of ${folds}: ` : '';
  const line = `${stage}epoch ${epoch} of at most ${maxEpochs}, learning rate ${learningRate}, MRR@10 ${formatFigure(mrr)}`;
  return line.slice(0, columns - 1);
}

/** Removes what {@link showEpoch} drew. */
export function clearLine(): void {
  if (isRedrawable(process.stderr)) process.stderr.write('\r\x1b[K');
}

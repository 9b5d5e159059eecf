import type { FitAdapterResult } from '../../adapters/fit-adapter.js';
import type { AdapterEpoch } from '../../adapters/train-heads.js';
import { writeFileAtomically } from '../atomic-file.js';
import { formatFigure } from '../format.js';
import { jsonLine } from '../json-lines.js';
import { isRedrawable } from '../terminal.js';

/**
 * Writes the adapter and prints its report.
 *
 * @throws {FileError} where the file cannot be written
 */
export async function finishFit(result: FitAdapterResult, out: string, json: boolean): Promise<void> {
  clearLine();
  const bytes = result.adapter.toBytes();
  await writeFileAtomically(out, bytes);
  process.stdout.write(json ? asJson(result, out, bytes.length) : asText(result, out, bytes.length));
}

function asText({ adapter, report }: FitAdapterResult, out: string, bytes: number): string {
  const what = adapter.isIdentity ? 'the identity' : `the adapter (${Math.ceil(bytes / 1000)} kB)`;
  const index = adapter.adapt === 'query' ? 'documents need no re-embedding' : 'apply it to the documents too';
  return `${report}\nwrote ${what} to ${out} after ${report.seconds.toFixed(1)} s; ${index}\n`;
}

function asJson({ improved, reason, report, adapter }: FitAdapterResult, out: string, bytes: number): string {
  const { metrics, ranks, queries, negatives, training, verdict, calibration } = report;
  const rows = Object.fromEntries(Object.entries(metrics).map(([name, row]) => [name, { ...row }]));
  return jsonLine({
    ...{ improved, reason, out, bytes, adapt: adapter.adapt, rank: adapter.rank, dims: adapter.dims },
    ...{ pairs: report.pairs, documents: report.documents, sharedDocuments: report.sharedDocuments },
    ...{
      metrics: rows,
      ranks: { ...ranks },
      queries: { ...queries },
      negatives: { ...negatives, duplicates: { ...negatives.duplicates } },
    },
    ...{
      training: { ...training },
      p: verdict.difference.p,
      crossFitted: verdict.crossFitted,
      calibration: calibration && { ...calibration, threshold: calibration.threshold && { ...calibration.threshold } },
      seconds: report.seconds,
    },
  });
}

/** One line on a terminal, drawn anew; elsewhere nothing. */
export function showEpoch({ epoch, maxEpochs, learningRate, mrr, fold, folds }: AdapterEpoch): void {
  if (!isRedrawable(process.stderr)) return;
  const stage = fold > 0 ? `verdict, part ${fold} of ${folds}: ` : '';
  const line = `${stage}epoch ${epoch} of at most ${maxEpochs}, learning rate ${learningRate}, MRR@10 ${formatFigure(mrr)}`;
  process.stderr.write(`\r\x1b[K${line}`);
}

/** Removes what {@link showEpoch} drew. */
export function clearLine(): void {
  if (isRedrawable(process.stderr)) process.stderr.write('\r\x1b[K');
}

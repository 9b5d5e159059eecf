// Fits adapters, away from the page's own thread.
import { expose, transfer } from 'comlink';
import { load } from 'kantorovich';
import { type AdapterEpoch, fitAdapter } from 'kantorovich/adapters';
import type { AdapterService, FitOutcome, FitProgress, FitRequest } from './service.js';

let running = new AbortController();

const service: AdapterService = { fit, stop: () => running.abort() };
expose(service);

async function fit(request: FitRequest, onProgress: (progress: FitProgress) => void): Promise<FitOutcome> {
  running = new AbortController();
  await load({ evaluation: true });
  const { queries, documents, qrels, adapt } = request;
  const { adapter, improved, reason, report } = await fitAdapter({
    queries,
    documents,
    qrels: qrels === null ? 'pairs' : qrels.bytes,
    adapt,
    signal: running.signal,
    onEpoch: (epoch) => onProgress(progressOf(epoch)),
  });
  const bytes = adapter.toBytes();
  const { toString: _, ...numbers } = report;
  return transfer({ improved, reason, report: numbers, adapter: bytes }, [bytes.buffer]);
}

/** Few queries need more adapters, for the verdict: the first is then a part of the work. */
function progressOf({ epoch, maxEpochs, fold, folds, mrr }: AdapterEpoch): FitProgress {
  const [part, parts] = folds > 0 ? [fold, folds + 1] : [0, 1];
  const what = fold === 0 ? 'Training' : `Adapter ${fold} of ${folds} for the verdict`;
  return {
    share: (part + epoch / maxEpochs) / parts,
    text: `${what}, epoch ${epoch} of at most ${maxEpochs}: MRR@10 ${mrr.toFixed(3)} on queries for early stopping`,
  };
}

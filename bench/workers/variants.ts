import type { Problem } from '../problem.js';
import { openRemote, type Remote } from '../process/remote.js';
import { type BenchRecord, ours } from '../record.js';
import { engineSpec } from '../roster.js';
import { shared } from '../suites/workers.js';

const [oneWorker, noWorkers] = ['one-worker', 'no-workers'] as const;

/** This library three times: with workers, with one, and in the caller's thread. */
export async function openVariants(): Promise<readonly Remote[]> {
  return Promise.all([variant(ours, shared), variant(oneWorker, 1), variant(noWorkers, undefined)]);
}

async function variant(name: string, workers: number | undefined): Promise<Remote> {
  const remote = await openRemote(engineSpec('kantorovich-workers'));
  if ('absent' in remote) throw new Error(`kantorovich-workers did not start: ${remote.absent}`);
  const sharing = (problem: Problem): Problem =>
    workers !== undefined && (problem.kind === 'loss' || problem.kind === 'step') ? { ...problem, workers } : problem;
  return { ...remote, name, prepare: (problem, limits) => remote.prepare(sharing(problem), limits) };
}

/** What was measured, once as the workers' and once as the single worker's: what a worker costs. */
export function workerRecords(records: readonly BenchRecord[]): readonly BenchRecord[] {
  return records.flatMap((record) => [{ ...record, threads: shared }, ...ofOneWorker(record)]);
}

function ofOneWorker(record: BenchRecord): readonly BenchRecord[] {
  const { [oneWorker]: own, [noWorkers]: alone } = record.ms;
  if (own === undefined || alone === undefined) return [];
  const ratio = { [noWorkers]: Number((alone / own).toPrecision(4)) };
  return [{ ...record, case: { ...record.case, workers: 1 }, ms: { [ours]: own, [noWorkers]: alone }, ratio }];
}

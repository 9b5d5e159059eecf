import { openPairs } from '../data/open-pairs.js';
import type { PairSplits } from '../data/pair-source.js';
import { type FitResult, runFit } from '../training/fit.js';
import type { FitOptions } from '../training/fit-options.js';
import { loadModel } from '../training/model.js';
import { type ProbeData, probeModel, readProbeData } from '../training/probe-model.js';
import type { Requests } from '../training/requests.js';
import { workersEngine } from './fit.js';
import type { ProbeJob, ProbePoint, TrainerEvent, TrainerJob, TrainerResult } from './job.js';

/**
 * Trains as a job says, telling `emit` how it goes and answering `requests` between steps; ends after the step under way
 * once `signal` aborts.
 */
export async function runJob(
  job: TrainerJob,
  emit: (event: TrainerEvent) => void,
  signal: AbortSignal,
  requests?: Requests,
): Promise<TrainerResult> {
  const data = await openPairs(job.data);
  const notes = [...data.notes];
  const items = job.probe === undefined ? null : await probeItems(job.probe, data);
  const probes: ProbePoint[] = [];
  const probe = (step: number, model: Uint8Array): void => {
    if (items === null) return;
    probes.push(probeBytes(model, step, items, job));
    const point = probes.at(-1);
    if (point !== undefined) emit({ kind: 'probe', point });
  };
  const options = { ...fitOptions(job, data, emit, signal, probe), onWarning: (text: string) => void notes.push(text) };
  const { workers } = job.options;
  const result = await runFit(options, {
    ...(workers !== undefined && { makeEngine: workersEngine(workers, options) }),
    ...(requests !== undefined && { requests }),
  });
  return finish(result, notes, probes, probe);
}

async function probeItems(probe: ProbeJob, data: PairSplits): Promise<ProbeData> {
  return readProbeData(probe.data === undefined ? data : await openPairs(probe.data), probe);
}

function fitOptions(
  job: TrainerJob,
  data: PairSplits,
  emit: (event: TrainerEvent) => void,
  signal: AbortSignal,
  probe: (step: number, model: Uint8Array) => void,
): FitOptions {
  const { checkpointEvery, probe: probing } = job;
  const { workers: _, ...options } = job.options;
  const evaluates = options.evaluateEvery !== undefined || options.earlyStopping !== undefined;
  const heldOut = evaluates ? { heldOut: data.validation } : {};
  const save = (bytes: Uint8Array): void => emit({ kind: 'checkpoint', bytes });
  return {
    ...options,
    ...heldOut,
    ...(checkpointEvery === undefined ? {} : { checkpoint: { every: checkpointEvery, save } }),
    ...(probing?.every === undefined ? {} : { snapshot: { every: probing.every, take: probe } }),
    pairs: data.train,
    signal,
    onStep: (entry) => emit({ kind: 'step', entry }),
  };
}

function finish(
  { model, history, steps, stopped }: FitResult,
  notes: readonly string[],
  probes: readonly ProbePoint[],
  probe: (step: number, model: Uint8Array) => void,
): TrainerResult {
  try {
    const bytes = model.toBytes();
    if (probes.at(-1)?.step !== steps) probe(steps, bytes);
    return { model: bytes, history, steps, stopped, notes, probes };
  } finally {
    model.dispose();
  }
}

function probeBytes(bytes: Uint8Array, step: number, items: ProbeData, { options }: TrainerJob): ProbePoint {
  const model = loadModel(bytes, options);
  try {
    const { accuracy, perFactor, strength, search } = probeModel(model, items);
    const chosen = search.find((candidate) => candidate.strength === strength);
    return { step, accuracy, validation: chosen?.accuracy ?? Number.NaN, perFactor };
  } finally {
    model.dispose();
  }
}

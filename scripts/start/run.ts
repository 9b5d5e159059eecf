import { join } from 'node:path';
import { arch, platform } from 'node:process';
import { atATime } from '../../ts/cli/at-a-time.js';
import { packageVersion } from '../../ts/cli/package-version.js';
import type { Progress } from '../../ts/cli/progress.js';
import { writeFileAtomically } from '../../ts/data/atomic-file.js';
import { openPairs } from '../../ts/data/open-pairs.js';
import { drawHeldOut, type HeldOut } from './evaluate-model.js';
import type { StartOptions } from './options.js';
import { PLAN } from './plan.js';
import { reportPage } from './report/page.js';
import type { FeatureResult, StartResults } from './results.js';
import { samplePairs } from './samples.js';
import { DATA, fingerprint, runSettings } from './settings.js';
import { openStore, type Store } from './store.js';
import { runInThread } from './thread.js';
import { type TrainContext, trainModel } from './train-model.js';

const BASELINES = ['raw-pixels', 'principal-components', 'untrained'];
const AT_A_TIME = 2;
const SAMPLES = 4;

/** A job of the run: the results it makes. */
interface Job {
  readonly ids: readonly string[];
  run(): Promise<readonly FeatureResult[]>;
}

/** A run as it is told to go. */
export interface StartRun {
  readonly options: StartOptions;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  report: TrainContext['report'];
}

/**
 * Trains and judges whatever is not kept from an earlier run, two at a time, and writes results.json and report.html.
 * Aborted, it throws; what is finished is kept.
 */
export async function runStart(run: StartRun): Promise<StartResults> {
  const { options, progress } = run;
  const store = await openStore(options.out, fingerprint(options));
  const heldOut = await drawHeldOut(await openPairs(DATA));
  const results = new Map<string, FeatureResult>();
  for (const id of [...PLAN.map(({ id }) => id), ...BASELINES]) {
    const kept = await store.load(id);
    if (kept !== null) results.set(id, kept);
  }
  if (results.size > 0) progress.note(`kept from an earlier run: ${[...results.keys()].join(', ')}`);
  const missing = jobs(run, store, heldOut).filter(({ ids }) => ids.some((id) => !results.has(id)));
  await atATime(AT_A_TIME, missing, async (job) => {
    for (const result of await job.run()) {
      await store.save(result);
      results.set(result.id, result);
      progress.note(`${result.label}: probe ${(100 * result.row.probe).toFixed(1)} %`);
    }
  });
  const found = (ids: readonly string[]) => ids.flatMap((id) => results.get(id) ?? []);
  const all: StartResults = {
    settings: runSettings(options),
    models: found(PLAN.map(({ id }) => id)),
    baselines: found(BASELINES),
    samples: samplePairs(heldOut.test, SAMPLES),
  };
  await writeResults(options.out, all);
  return all;
}

/** The longest first, so that the two lanes end together. */
function jobs({ options, progress, signal, report }: StartRun, store: Store, heldOut: HeldOut): readonly Job[] {
  const context: TrainContext = { options, progress, signal, heldOut, report };
  const models = PLAN.map((planned) => ({
    ids: [planned.id],
    run: async () => [await trainModel(planned, store.modelPath(planned.id), context)],
  }));
  const baselines = {
    ids: BASELINES,
    run: () => {
      progress.note('probing what needs no training: raw pixels, principal components, an untrained encoder');
      return runInThread<readonly FeatureResult[]>(new URL('./baselines.ts', import.meta.url), options, signal);
    },
  };
  return [...models.reverse(), baselines];
}

async function writeResults(out: string, results: StartResults): Promise<void> {
  const rows = [...results.models, ...results.baselines].map(({ row }) => row);
  await writeFileAtomically(join(out, 'results.json'), `${JSON.stringify(rows, null, 2)}\n`);
  await writeFileAtomically(join(out, 'report.html'), reportPage(results, madeBy()));
}

function madeBy(): string {
  const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' }).format(new Date());
  return `kantorovich ${packageVersion()}, Node ${process.version} on ${platform} ${arch}, ${date}; made by npm start.`;
}

import type { JsonValue } from '../../../data/json-text.js';
import type { StudyResult } from '../results-file.js';
import type { StudyTask } from '../run-tasks.js';
import type { Study, StudyOptions } from '../study.js';
import { chosenSettings, type GridsRun } from './outcome.js';
import { type GridsKey, runPlan, searchPlan } from './plan.js';
import { gridsPage } from './tables.js';
import { type GridsResult, trainGrid } from './train.js';

/** `kantorovich study grids`. */
export const gridsStudy: Study = {
  name: 'grids',
  summary: 'CPC beside WPC and WDM, on grids of digits and characters',
  duration: 'an hour, or ten minutes with --quick',
  stages: [
    (options) => searchPlan(options).map((key) => taskOf(key, options)),
    (options, results) => {
      const search = searchPlan(options);
      const settings = chosenSettings(results.map(toRun), search);
      return runPlan(options, settings).map((key) => taskOf(key, options));
    },
  ],
  page: (results, foot) => gridsPage(results.map(toRun), foot),
  loadFigure: async () => {
    const { gridsFigure } = await import('./figure.js');
    return (results) => gridsFigure(results.map(toRun));
  },
};

function taskOf(key: GridsKey, { dataDir }: StudyOptions): StudyTask {
  const { phase, data, pairs, batch, encoder, method, seed, learningRate } = key;
  const what = phase === 'search' ? `search at ${learningRate}` : `n ${batch}, ${pairs ?? 'fresh'} pairs, ${encoder}`;
  return {
    key,
    label: `${data}, ${method}, ${what}, seed ${seed}`,
    lacks: data.startsWith('omniglot') && dataDir === undefined ? '--data-dir, the folder of Omniglot' : null,
    run: async (context): Promise<JsonValue> => ({ ...(await trainGrid(key, dataDir, context)) }),
  };
}

/** Results under the study's own keys are of its own making. */
function toRun({ key, result }: StudyResult): GridsRun {
  return { key: key as GridsKey, result: result as GridsResult };
}

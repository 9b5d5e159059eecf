import type { JsonValue } from '../../../data/json-text.js';
import type { StudyResult } from '../results-file.js';
import type { Study } from '../study.js';
import { type LogNResult, measureLogN } from './measure.js';
import { type LogNKey, logNPlan } from './plan.js';
import { type LogNRun, logNPage } from './table.js';

/** `kantorovich study log-n`. */
export const logNStudy: Study = {
  name: 'log-n',
  summary: 'what estimates of dependency tell in batches of n',
  duration: 'four minutes, or half a minute with --quick',
  stages: [
    (options) =>
      logNPlan(options).map((key) => ({
        key,
        label: [key.data, key.objective, key.critic, `seed ${key.seed}`].join(', '),
        lacks: null,
        run: async (context): Promise<JsonValue> => ({ ...(await measureLogN(key, context)) }),
      })),
  ],
  page: (results, foot) => logNPage(results.map(toRun), foot),
  loadFigure: async () => {
    const { logNFigure } = await import('./figure.js');
    return (results) => logNFigure(results.map(toRun));
  },
};

/** Results under the study's own keys are of its own making. */
function toRun({ key, result }: StudyResult): LogNRun {
  return { key: key as LogNKey, result: result as LogNResult };
}

import { expect, it } from 'vitest';
import { judgeTrained } from '../../../ts/adapters/judgement/ask-verdict.js';
import { chosenStart } from '../../../ts/adapters/training/choose-start.js';
import { checkedFit, type FitAdapterOptions } from '../../../ts/adapters/training/fit-adapter-options.js';
import { readFitData } from '../../../ts/adapters/training/fit-data.js';
import type { QueryParts } from '../../../ts/adapters/training/query-split.js';
import { headStart } from '../../../ts/adapters/training/start-heads.js';
import { trainBest } from '../../../ts/adapters/training/train-best.js';
import { hiddenMap } from '../hidden-map.js';

it('a fold chooses its start by queries that it is not asked', async () => {
  const options: FitAdapterOptions = { ...hiddenMap(120, 8, 0.4, 1), qrels: 'pairs', maxEpochs: 2, learningRate: 3e-3 };
  const data = readFitData(options);
  const fit = checkedFit(options, { dims: 8, documentDims: 8 }, data.parts.train.length);
  const begin = headStart(data, chosenStart(data, fit, options));
  const trained = await trainBest(data, fit, begin, options);
  const asked: QueryParts[] = [];
  const choose = (part: typeof data) => {
    asked.push(part.parts);
    return chosenStart(part, fit, options);
  };
  const verdict = await judgeTrained(data, trained, fit, { begin, choose }, {});
  expect([verdict.crossFitted, asked.length]).toEqual([true, 6]);
  for (const { train, stopping, verdict: own } of asked) {
    const all = [...train, ...stopping, ...own];
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(120 - data.parts.test.length);
  }
  expect(asked.flatMap(({ stopping }) => stopping).length).toBe(120 - data.parts.test.length);
});

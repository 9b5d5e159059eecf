// Runs in a thread of its own: judges what needs no training.
import '../../ts/entries/node.js';
import type { ResultRow } from '../../ts/cli/result-row.js';
import { openPairs } from '../../ts/data/open-pairs.js';
import { principalComponents } from '../../ts/evaluation/principal-components.js';
import { trainerSpec } from '../../ts/training/fit-options.js';
import { type ProbeData, probeFeatures, readProbeData } from '../../ts/training/probe-model.js';
import type { Matrix } from '../../ts/wasm/matrix.js';
import { createTrainer } from '../../ts/wasm/trainer.js';
import { drawHeldOut, type HeldOut, middleDigitScatter } from './evaluate-model.js';
import type { StartOptions } from './options.js';
import { SHARED } from './plan.js';
import type { FeatureResult } from './results.js';
import { DATA, probeSizes, runSettings } from './settings.js';
import { answer } from './thread.js';

type Features = (x: Matrix) => Matrix;

/** Principal components, as many as an embedding has numbers. */
const COMPONENTS = 64;
/** Grids that the components are found in. */
const COMPONENT_ITEMS = 2000;

await answer(async (options: StartOptions): Promise<readonly FeatureResult[]> => {
  const pairs = await openPairs(DATA);
  const data = await readProbeData(pairs, probeSizes(options));
  const heldOut = await drawHeldOut(pairs);
  const { mutualInformation } = runSettings(options);
  const judge = (id: string, label: string, make: () => Features, drawn: HeldOut | null) => {
    const start = performance.now();
    const features = make();
    const { accuracy, perFactor } = probeFeatures(features, data);
    const seconds = (performance.now() - start) / 1000;
    const row = baselineRow(id, accuracy, mutualInformation, seconds);
    const scatter = drawn === null ? null : middleDigitScatter(features, drawn);
    return { id, label, row, curve: [], probeByCell: perFactor, scatter };
  };
  return [
    judge('untrained', 'untrained encoder', () => untrained(options, pairs.train), heldOut),
    judge('principal-components', `${COMPONENTS} principal components`, () => components(data), null),
    judge('raw-pixels', 'raw pixels', () => (x) => x, null),
  ];
});

function untrained({ seed }: StartOptions, pairs: Parameters<typeof trainerSpec>[0]['pairs']): Features {
  const { encoder, batch } = SHARED;
  const trainer = createTrainer(trainerSpec({ pairs, objective: 'cpc', encoder, batch, seed }));
  return (x) => trainer.embed('x', x);
}

function components({ train }: ProbeData): Features {
  const rows = Math.min(COMPONENT_ITEMS, train.x.rows);
  const some = { ...train.x, data: train.x.data.subarray(0, rows * train.x.cols), rows };
  return principalComponents(some, COMPONENTS, { maxIterations: 20 }).project;
}

function baselineRow(
  objective: string,
  probe: number,
  mutualInformation: number,
  seconds: number,
): ResultRow & { readonly probe: number } {
  const nothing = { value: null, logN: null, wdm: null, lipschitzConstant: null, metric: null, w1LowerBound: null };
  return { objective, critic: null, lipschitz: null, ...nothing, mutualInformation, probe, seconds };
}

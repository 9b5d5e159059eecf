import type { OpenedPairs } from '../data/open-pairs.js';
import type { PairSource } from '../data/pair-source.js';
import { collectPairs, type Pairs } from '../data/pairs.js';
import type { Model } from '../training/model.js';
import { probeModel, readProbeData } from '../training/probe-model.js';
import { boundSample } from '../training/w1-bound.js';
import type { ResultRow } from './result-row.js';

/** What the row says beside what is measured here. */
export interface RowOptions {
  /** Fit a linear probe, where the data have labels. */
  readonly probe: boolean;
  /** Of training. */
  readonly seconds: number;
  /** Told what is under way. */
  phase(text: string): void;
}

/** Test pairs that values are measured on, at most. */
const VALUE_PAIRS = 4096;
const VALUE_SEED = 2;
/** Pairs of the joint critic's bound. */
const JOINT_PAIRS = 256;
/** Items that the probe is fitted to, chosen by and judged on, at most. */
const PROBE_ITEMS = { training: 6000, validation: 2000, test: 2000 } as const;

/** The row of a trained model: its values on test pairs, its certificate and what that bounds, its probe. */
export async function trainedRow(model: Model, pairs: OpenedPairs, options: RowOptions): Promise<ResultRow> {
  const { objective, critic, lipschitz, batch } = model.spec;
  options.phase('measuring on test pairs');
  const test = await testPairs(model, pairs.test);
  const values = test && model.evaluate(test.x, test.y);
  const sample = test && boundSample(model.spec, test, JOINT_PAIRS);
  const bound = sample && model.w1Bound(sample.x, sample.y, 'l2');
  const { constant, metric } = model.certify('l2');
  return {
    objective,
    critic,
    lipschitz: lipschitz.name,
    value: values?.value ?? null,
    logN: Math.log(batch),
    mutualInformation: pairs.test.mutualInformation,
    wdm: values?.wdm ?? null,
    lipschitzConstant: constant,
    metric: constant === null ? null : metric,
    w1LowerBound: bound?.lowerBound ?? null,
    ...(bound && { w1Pairs: bound.pairs, steepestSlope: bound.steepest }),
    probe: await probeAccuracy(model, pairs, options),
    seconds: options.seconds,
  };
}

/** Null where none is asked for, and where the data have no labels. */
async function probeAccuracy(model: Model, pairs: OpenedPairs, { probe, phase }: RowOptions): Promise<number | null> {
  if (!probe || pairs.train.labelSizes.length === 0) return null;
  phase('fitting a linear probe');
  return probeModel(model, await readProbeData(pairs, PROBE_ITEMS)).accuracy;
}

/** Null where there are fewer test pairs than a batch. */
async function testPairs(model: Model, test: PairSource): Promise<Pairs | null> {
  const count = Math.min(test.pairs ?? VALUE_PAIRS, VALUE_PAIRS);
  return count < model.spec.batch ? null : collectPairs(test, count, VALUE_SEED);
}

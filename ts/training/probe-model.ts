import type { PairSource, PairSplits } from '../data/pair-source.js';
import { type LinearProbe, linearProbe } from '../evaluation/linear-probe.js';
import { DataError } from '../wasm/errors.js';
import type { Matrix } from '../wasm/matrix.js';
import { drawPairs } from './held-out.js';
import type { Model } from './model.js';

/** Items of x with their hidden factors. */
export interface LabelledItems {
  readonly x: Matrix;
  /** rows x factors. */
  readonly labels: Uint8Array;
  readonly factors: number;
}

/** What a probe is trained on, chosen by and judged on. */
export interface ProbeData {
  readonly train: LabelledItems;
  readonly validation: LabelledItems;
  readonly test: LabelledItems;
}

/** How many items each part gives. */
export interface ProbeSizes {
  readonly training: number;
  readonly validation: number;
  readonly test: number;
}

/** Another stream than those of training and evaluation. */
const PROBE_SEED = 0x9806e;

/**
 * Draws labelled items from the three parts of a data set.
 *
 * @throws {DataError} where the data has no labels
 */
export async function readProbeData(splits: PairSplits, sizes: ProbeSizes): Promise<ProbeData> {
  return {
    train: await items(splits.train, sizes.training, PROBE_SEED),
    validation: await items(splits.validation, sizes.validation, PROBE_SEED + 1),
    test: await items(splits.test, sizes.test, PROBE_SEED + 2),
  };
}

/** The test accuracy of a linear probe on the model's frozen embeddings of x. */
export function probeModel(model: Model, { train, validation, test }: ProbeData): LinearProbe {
  return probeFeatures((x) => model.embedX(x), { train, validation, test });
}

/** The same for any features of x, such as the pixels themselves. */
export function probeFeatures(features: (x: Matrix) => Matrix, { train, validation, test }: ProbeData): LinearProbe {
  const part = ({ x, labels, factors }: LabelledItems) => ({ features: features(x), labels, factors });
  return linearProbe({ train: part(train), validation: part(validation), test: part(test) });
}

async function items(source: PairSource, count: number, seed: number): Promise<LabelledItems> {
  const { x, labels } = await drawPairs(source, count, seed);
  if (labels === null) throw new DataError('a probe needs labels, and this data has none');
  return { x, labels, factors: source.labelSizes.length };
}

import type { Split } from '../../data/pair-source.js';
import { splitPairs } from '../../data/row-splits.js';
import type { LabelledFeatures } from '../../evaluation/labelled-features.js';
import { linearProbe, type ProbeItems, type ProbeOptions } from '../../evaluation/linear-probe.js';
import { OptionsError } from '../../wasm/errors.js';
import type { Matrix } from '../../wasm/matrix.js';
import { labelsField } from '../labels-field.js';
import { type Limits, requireAtMost } from '../limits.js';
import { matrixField } from '../matrix-field.js';
import type { Fields } from '../posted.js';
import type { Route } from '../route.js';

const PARTS = ['train', 'validation', 'test'] as const satisfies readonly Split[];
const OPTIONS = ['strengths', 'tolerance', 'maxIterations'] as const satisfies readonly (keyof ProbeOptions)[];

/** Labelled features, as they are posted. */
interface Labelled extends LabelledFeatures {
  readonly features: Matrix;
  readonly factors: number;
}

/**
 * What a linear classifier reads off posted features: `features` and `labels`, of every five rows three to train, one to
 * validate and one to test, or `trainFeatures`, `trainLabels` and so on.
 */
export const probe: Route = {
  about: 'accuracy of a linear classifier on posted features and labels',
  fields: ['features', 'labels', ...PARTS.flatMap((part) => [`${part}Features`, `${part}Labels`]), ...OPTIONS],
  array: null,
  answers: ['json'],
  isLong: true,
  async run({ fields, state: { limits } }) {
    const items = probeItems(fields, limits);
    const { strengths, tolerance, maxIterations = limits.probeIterations } = fields;
    if (typeof maxIterations === 'number')
      requireAtMost(maxIterations, limits.probeIterations, 'steps (maxIterations)');
    const given = { strengths, tolerance, maxIterations };
    const options = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as ProbeOptions;
    if (strengths !== undefined && !(Array.isArray(strengths) && strengths.every((one) => typeof one === 'number'))) {
      throw new OptionsError('strengths must be an array of numbers above 0');
    }
    requireAtMost(numbersOf(items.train) * (options.strengths?.length ?? 4), limits.probeNumbers, 'numbers of a probe');
    const found = linearProbe(items, options);
    return { json: () => found };
  },
};

function probeItems(fields: Fields, limits: Limits): ProbeItems & { readonly train: Labelled } {
  if (fields.features === undefined) {
    const part = (name: Split) => labelled(fields, `${name}Features`, `${name}Labels`, limits);
    return { train: part('train'), validation: part('validation'), test: part('test') };
  }
  const { features, labels, factors } = labelled(fields, 'features', 'labels', limits);
  const pairs = { x: features, y: features, labels, labelSizes: Array(factors).fill(0) };
  const part = (name: Split): Labelled => {
    const split = splitPairs(pairs, name);
    return { features: split.x, labels: split.labels ?? new Uint8Array(), factors };
  };
  return { train: part('train'), validation: part('validation'), test: part('test') };
}

function labelled(fields: Fields, features: string, labels: string, limits: Limits): Labelled {
  const rows = matrixField(fields, features, limits);
  return { features: rows, ...labelsField(fields, labels, rows.rows) };
}

/** Weights of a classifier, times items. */
function numbersOf({ features, labels, factors }: Labelled): number {
  let classes = 0;
  for (let factor = 0; factor < factors; factor++) {
    let most = 0;
    for (let at = factor; at < labels.length; at += factors) most = Math.max(most, labels[at] ?? 0);
    classes += most + 1;
  }
  return features.rows * features.cols * classes;
}

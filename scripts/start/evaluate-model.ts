import type { ResultRow } from '../../ts/cli/result-row.js';
import type { OpenedPairs } from '../../ts/data/open-pairs.js';
import { collectPairs, type Pairs } from '../../ts/data/pairs.js';
import type { Model } from '../../ts/training/model.js';
import type { Matrix } from '../../ts/wasm/matrix.js';
import { discriminantPlane } from './discriminants.js';
import type { Scatter } from './results.js';

/** Pairs that no model is trained on. */
export interface HeldOut {
  readonly validation: Pairs;
  readonly test: Pairs;
}

const VALIDATION = { count: 2048, seed: 21 } as const;
const TEST = { count: 4096, seed: 22 } as const;
/** Test items in a picture of embeddings. */
const DRAWN = 400;

/** Draws the pairs that all models are judged on. */
export async function drawHeldOut({ validation, test }: OpenedPairs): Promise<HeldOut> {
  return {
    validation: await collectPairs(validation, VALIDATION.count, VALIDATION.seed),
    test: await collectPairs(test, TEST.count, TEST.seed),
  };
}

/** The columns of a row that come from the model itself. */
export type ModelFigures = Pick<
  ResultRow,
  'value' | 'logN' | 'wdm' | 'lipschitzConstant' | 'metric' | 'w1LowerBound' | 'steepestSlope'
>;

/** Values on test pairs in batches of n, and the certificate with the bound that follows. */
export function modelFigures(model: Model, { test }: HeldOut): ModelFigures {
  const { value, wdm } = model.evaluate(test.x, test.y);
  const { lipschitzConstant, metric, lowerBound, steepest } = model.w1Bound(test.x, test.y, 'l2');
  return {
    value,
    logN: Math.log(model.spec.batch),
    wdm,
    lipschitzConstant,
    metric: lipschitzConstant === null ? null : metric,
    w1LowerBound: lowerBound,
    steepestSlope: steepest,
  };
}

/** Test items in the plane that parts the digits of the middle cell best, which validation items decide. */
export function middleDigitScatter(embed: (x: Matrix) => Matrix, { validation, test }: HeldOut): Scatter {
  const plane = discriminantPlane(embed(validation.x), middleDigits(validation));
  const { x, cols } = { ...test, cols: test.x.cols };
  const drawn = embed({ data: x.data.subarray(0, DRAWN * cols), rows: DRAWN, cols });
  return { ...plane(drawn), digits: middleDigits(test).slice(0, DRAWN) };
}

function middleDigits({ x, labels = new Uint8Array(), labelSizes = [] }: Pairs): readonly number[] {
  const cells = labelSizes.length;
  return Array.from({ length: x.rows }, (_, i) => labels[i * cells + Math.floor(cells / 2)]);
}

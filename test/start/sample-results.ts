import { PLAN } from '../../scripts/start/plan.js';
import type { FeatureResult, GreyImage, Scatter, StartResults } from '../../scripts/start/results.js';
import type { ResultRow } from '../../ts/cli/result-row.js';
import { seededRandom } from '../support/random.js';

const random = seededRandom(11);

const BASELINE_ROW: Omit<ResultRow, 'objective' | 'probe'> = {
  critic: null,
  lipschitz: null,
  value: null,
  logN: null,
  mutualInformation: 9 * Math.log(10),
  wdm: null,
  lipschitzConstant: null,
  metric: null,
  w1LowerBound: null,
  seconds: 0.4,
};

/** Results of the shape that a run leaves, with made-up numbers. */
export function sampleResults(): StartResults {
  return {
    settings: {
      grid: 3,
      tile: 14,
      encoder: '1764-256-256-64',
      batch: 64,
      learningRate: 5e-4,
      steps: 2000,
      seed: 1,
      mutualInformation: 9 * Math.log(10),
    },
    models: PLAN.map(sampleModel),
    baselines: [
      baseline('raw-pixels', 'raw pixels', 0.806, null),
      baseline('principal-components', '64 principal components', 0.744, null),
      baseline('untrained', 'untrained encoder', 0.353, scatter()),
    ],
    samples: Array.from({ length: 4 }, () => ({ x: picture(), y: picture(), digits: [1, 2, 3, 4, 5, 6, 7, 8, 9] })),
  };
}

function sampleModel({ id, label, objective, critic, lipschitz }: (typeof PLAN)[number], i: number): FeatureResult {
  const [probe, value] = [0.7 + 0.03 * i, 3.2 + 0.4 * i];
  const isCertified = lipschitz.name === 'orthonormal';
  const certificate = { lipschitzConstant: Math.SQRT2 / 0.3, metric: 'l2', w1LowerBound: 1.2 };
  return {
    id,
    label,
    row: {
      ...BASELINE_ROW,
      objective,
      critic,
      lipschitz: lipschitz.name,
      value,
      logN: Math.log(64),
      wdm: 5.1,
      probe,
      seconds: 31,
      ...(isCertified && certificate),
    },
    curve: Array.from({ length: 21 }, (_, k) => ({
      step: 100 * k,
      value: value * (1 - Math.exp(-k / 4)),
      probe: k % 4 === 0 ? 0.35 + (probe - 0.35) * (1 - Math.exp(-k / 4)) : null,
    })),
    probeByCell: new Array<number>(9).fill(probe),
    scatter: scatter(),
  };
}

function baseline(objective: string, label: string, probe: number, drawn: Scatter | null): FeatureResult {
  const row = { ...BASELINE_ROW, objective, probe };
  return { id: objective, label, row, curve: [], probeByCell: new Array<number>(9).fill(probe), scatter: drawn };
}

function scatter(): Scatter {
  const digits = Array.from({ length: 200 }, () => random.below(10));
  return { digits, x: digits.map((digit) => digit + random.normal()), y: digits.map(random.normal) };
}

function picture(): GreyImage {
  return { width: 42, height: 42, pixels: Uint8Array.from({ length: 42 * 42 }, () => random.below(256)) };
}

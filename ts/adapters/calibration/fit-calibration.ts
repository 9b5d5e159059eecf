import type { Calibration } from './calibration.js';
import type { ScoredPairs } from './scored-pairs.js';

/** Relevant pairs, and others, below which nothing is fitted. */
const LEAST_CALIBRATED = 10;

const KNOTS_PER_OCTAVE = 8;
const MOST_STEPS = 100;

/**
 * Fits P(relevant) to scores by logistic regression, by Newton's method. Targets are Platt's (1999, section 2.2): (r + 1)
 * / (r + 2) for r relevant pairs, 1 / (s + 2) for s others, so that scores which divide them cleanly give a finite slope.
 * A slope below 0 becomes 0: no score is worth less than a lower one. null below ten relevant pairs or ten others.
 */
export function fitCalibration({ scores, relevant }: ScoredPairs): Calibration | null {
  const pairs = scores.length;
  const hits = Array.from(relevant).reduce((sum, one) => sum + one, 0);
  if (Math.min(hits, pairs - hits) < LEAST_CALIBRATED) return null;
  const targets = Float64Array.from(relevant, (one) => (one === 1 ? (hits + 1) / (hits + 2) : 1 / (pairs - hits + 2)));
  const { slope, intercept } = logistic(Float64Array.from(scores), targets);
  const rounded = { slope: Number(slope.toPrecision(9)), intercept: Number(intercept.toPrecision(9)) };
  return { ...rounded, pairs, relevant: hits, curve: precisionCurve(scores, rounded) };
}

interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** The least mean cross-entropy with a slope from 0. */
function logistic(scores: Float64Array, targets: Float64Array): Line {
  const centre = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const spread = Math.sqrt(scores.reduce((sum, score) => sum + (score - centre) ** 2, 0) / scores.length);
  const share = targets.reduce((sum, target) => sum + target, 0) / targets.length;
  const flat = { slope: 0, intercept: Math.log(share / (1 - share)) };
  // Scores of one value tell nothing.
  if (!(spread > 1e-9)) return flat;
  // Centred and scaled, the two unknowns hardly pull at each other.
  const found = newton(
    scores.map((score) => (score - centre) / spread),
    targets,
    flat,
  );
  const slope = found.slope / spread;
  return slope > 0 ? { slope, intercept: found.intercept - slope * centre } : flat;
}

function newton(x: Float64Array, targets: Float64Array, start: Line): Line {
  let line = start;
  let loss = crossEntropy(x, targets, line);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { slope: a, intercept: b } = newtonStep(x, targets, line);
    let share = 1;
    let next = line;
    let after = Number.POSITIVE_INFINITY;
    // Halved until it does not climb.
    for (; share > 1e-6 && !(after <= loss); share /= 2) {
      next = { slope: line.slope - share * a, intercept: line.intercept - share * b };
      after = crossEntropy(x, targets, next);
    }
    if (!(after <= loss)) return line;
    [line, loss] = [next, after];
    if (Math.max(Math.abs(a), Math.abs(b)) < 1e-10) return line;
  }
  return line;
}

/** The inverse Hessian times the gradient. */
function newtonStep(x: Float64Array, targets: Float64Array, { slope, intercept }: Line): Line {
  // The Hessian's corner is never quite 0, so that the system can be solved.
  let [ga, gb, haa, hab, hbb] = [0, 0, 1e-12, 0, 1e-12];
  for (let i = 0; i < x.length; i++) {
    const p = 1 / (1 + Math.exp(-(slope * x[i] + intercept)));
    const [error, weight] = [p - targets[i], p * (1 - p)];
    ga += error * x[i];
    gb += error;
    haa += weight * x[i] * x[i];
    hab += weight * x[i];
    hbb += weight;
  }
  const determinant = haa * hbb - hab * hab;
  return { slope: (hbb * ga - hab * gb) / determinant, intercept: (haa * gb - hab * ga) / determinant };
}

function crossEntropy(x: Float64Array, targets: Float64Array, { slope, intercept }: Line): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const z = slope * x[i] + intercept;
    // ln(1 + e^z) - t z, which does not overflow.
    sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - targets[i] * z;
  }
  return sum;
}

/** To six decimals; a score stays above its own threshold. */
function roundedDown(value: number): number {
  return Math.floor(value * 1e6) / 1e6;
}

/** The mean probability above scores of some ranks, eight an octave. */
function precisionCurve(scores: ArrayLike<number>, { slope, intercept }: Line): Calibration['curve'] {
  const falling = Float64Array.from(scores).sort().reverse();
  const curve: [number, number][] = [];
  let sum = 0;
  let wanted = 1;
  for (let i = 0; i < falling.length; i++) {
    sum += 1 / (1 + Math.exp(-(slope * falling[i] + intercept)));
    // A threshold divides no equal scores.
    if (i + 1 < Math.round(wanted) || falling[i] === falling[i + 1]) continue;
    curve.push([roundedDown(falling[i]), roundedDown(sum / (i + 1))]);
    while (Math.round(wanted) <= i + 1) wanted *= 2 ** (1 / KNOTS_PER_OCTAVE);
  }
  return curve;
}

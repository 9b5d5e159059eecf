import { randomFromState } from '../../ts/wasm/random.js';
import type { TrainerSpec } from '../../ts/wasm/trainer-spec.js';
import type { Counters, NamedTensor } from '../../ts/wasm/trainer-tensors.js';
import type { Activation, ReferenceEncoder } from '../reference/encoder.js';
import { encode } from '../reference/encoder.js';
import {
  embeddingGradientNorm,
  gradientPenalty,
  interpolate,
  type PenaltyPoint,
} from '../reference/gradient-penalty.js';
import type { Rows } from '../reference/linear-algebra.js';
import { loss, type ObjectiveName } from '../reference/loss.js';
import { diagonalPairing } from '../reference/pairing.js';
import type { CriticName } from '../reference/scores.js';
import { scalarDifference } from '../support/finite-differences.js';

/** A batch in float64. */
export interface Batch {
  readonly x: Rows;
  readonly y: Rows;
}

/** A trainer's parameters in float64, by name. */
export type Parameters = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>;

/** The parameters among a trainer's tensors. */
export function parametersOf(tensors: readonly NamedTensor[]): Parameters {
  return new Map(tensors.map(({ name, shape, data }) => [name, { shape, values: [...data] }]));
}

/** `-value + penalty` of the spec at these parameters, by the references. */
export function twinLoss(
  spec: TrainerSpec,
  parameters: Parameters,
  batch: Batch,
  points: readonly DrawnPoint[],
): number {
  const encoderX = encoder(spec, parameters, 'x');
  const encoderY = encoder(spec, parameters, spec.yWidths === null ? 'x' : 'y');
  const weights = parameters.has('critic.weight') ? rowsOf(parameters, 'critic.weight') : undefined;
  const layers = [...(spec.criticHidden ?? []), 1].map((_, at) => ({
    weights: rowsOf(parameters, `critic.${at}.weight`),
    bias: parameters.get(`critic.${at}.bias`)?.values,
  }));
  const log = parameters.get('critic.log_temperature')?.values[0];
  const temperature = log === undefined ? spec.temperature : Math.exp(log);
  const value = loss(spec.objective as ObjectiveName, {
    G: encode(encoderX, batch.x),
    H: encode(encoderY, batch.y),
    critic: { name: spec.critic as CriticName, temperature, weights, layers },
    pairs: diagonalPairing(batch.x.length),
  });
  if (spec.lipschitz.name !== 'gradient-penalty') return -value;
  const { coefficient, target, sided, over } = spec.lipschitz;
  const model = { critic: spec.critic as CriticName, encoderX, encoderY, weights, temperature };
  const options = { coefficient, target, sides: sided };
  if (over === 'inputs') return gradientPenalty(model, points.map(between), options) - value;
  // Between embeddings, where the other penalty goes between inputs.
  const embed = ({ x, y }: PenaltyPoint) => ({ x: encode(encoderX, [x])[0], y: encode(encoderY, [y])[0] });
  const embedded = points.map(({ share, joint, product }) => interpolate(share, embed(joint), embed(product)));
  return gradientPenalty(model, embedded, options, embeddingGradientNorm) - value;
}

/** A point as it is drawn. */
export interface DrawnPoint {
  readonly share: number;
  readonly joint: PenaltyPoint;
  readonly product: PenaltyPoint;
}

function between({ share, joint, product }: DrawnPoint): PenaltyPoint {
  return interpolate(share, joint, product);
}

/** The gradient of {@link twinLoss} by central differences, a list a parameter. */
export function twinGradient(
  spec: TrainerSpec,
  parameters: Parameters,
  batch: Batch,
  points: readonly DrawnPoint[],
): ReadonlyMap<string, readonly number[]> {
  const differences = ([name, { shape, values }]: readonly [
    string,
    { shape: readonly number[]; values: readonly number[] },
  ]) => {
    const at = (k: number) => (moved: number) =>
      twinLoss(spec, new Map([...parameters, [name, { shape, values: values.with(k, moved) }]]), batch, points);
    return [name, values.map((value, k) => scalarDifference(at(k), value))] as const;
  };
  return new Map([...parameters].map(differences));
}

/** The points of the next step's penalty, drawn as `crates/lipschitz/src/interpolation.rs` draws them. */
export function nextPoints(spec: TrainerSpec, { random }: Counters, { x, y }: Batch): readonly DrawnPoint[] {
  if (spec.lipschitz.name !== 'gradient-penalty') return [];
  using generator = randomFromState(random);
  const n = spec.batch;
  const order = generator.permutation(n);
  return Array.from({ length: spec.lipschitz.points }, (_, k) => {
    const joint = order[k % n];
    const a = generator.below(n);
    const other = generator.below(n - 1);
    const b = other >= a ? other + 1 : other;
    return { share: generator.uniform(), joint: { x: x[joint], y: y[joint] }, product: { x: x[a], y: y[b] } };
  });
}

function encoder(spec: TrainerSpec, parameters: Parameters, side: 'x' | 'y'): ReferenceEncoder {
  const widths = side === 'x' ? spec.xWidths : (spec.yWidths ?? spec.xWidths);
  const layers = widths.slice(1).map((_, at) => ({
    weights: rowsOf(parameters, `encoder.${side}.${at}.weight`),
    bias: parameters.get(`encoder.${side}.${at}.bias`)?.values,
  }));
  return { layers, activation: spec.activation as Activation };
}

function rowsOf(parameters: Parameters, name: string): Rows {
  const { shape, values } = parameters.get(name) ?? { shape: [0, 0], values: [] };
  const [rows, cols] = shape;
  return Array.from({ length: rows }, (_, i) => values.slice(i * cols, (i + 1) * cols));
}

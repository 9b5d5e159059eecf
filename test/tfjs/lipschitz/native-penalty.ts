import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { bilinear } from '../../../ts/critics/bilinear.js';
import { cosine } from '../../../ts/critics/cosine.js';
import type { Critic, CriticName, CriticOptions } from '../../../ts/critics/critic.js';
import { distance } from '../../../ts/critics/distance.js';
import { joint } from '../../../ts/critics/joint.js';
import { separable } from '../../../ts/critics/separable.js';
import { squaredDistance } from '../../../ts/critics/squared-distance.js';
import type { PenalisedCritic } from '../../../ts/tfjs/lipschitz/gradient-penalty.js';
import { createTrainer } from '../../../ts/wasm/trainer.js';
import type { TrainerSpec } from '../../../ts/wasm/trainer-spec.js';
import type { Counters } from '../../../ts/wasm/trainer-tensors.js';
import { type Batch, type Parameters, parametersOf } from '../../wasm/trainer-twin.js';

/** A step of the native engine: where it began, its penalty, and the penalty's gradient by name. */
export interface NativePenalty {
  readonly before: Parameters;
  readonly counters: Counters;
  readonly penalty: number;
  readonly gradient: ReadonlyMap<string, readonly number[]>;
}

/** By plain descent: what a step with the penalty moves beyond one without it. */
export function nativePenalty(spec: TrainerSpec, batch: Batch): NativePenalty {
  const [one, without] = [step(spec, batch), step({ ...spec, lipschitz: { name: 'none' } }, batch)];
  expect(one.before).toEqual(without.before);
  const moves = [...one.after].map(([name, { values }]) => {
    const others = without.after.get(name)?.values ?? [];
    return [name, values.map((value, k) => (others[k] - value) / spec.learningRate)] as const;
  });
  return { ...one, gradient: new Map(moves) };
}

function step(spec: TrainerSpec, { x, y }: Batch) {
  using trainer = createTrainer(spec, { deterministic: true });
  const [before, counters] = [parametersOf(trainer.tensors('export')), trainer.counters()];
  trainer.x().set(x.flat());
  trainer.y().set(y.flat());
  const { penalty } = trainer.step();
  return { before, after: parametersOf(trainer.tensors('export')), counters, penalty };
}

/** The same parameters as variables of TensorFlow.js, by name. */
export function variablesOf(parameters: Parameters): ReadonlyMap<string, tf.Variable> {
  const variable = (shape: readonly number[], values: readonly number[]) =>
    tf.tidy(() => tf.variable(tf.tensor([...values], [...shape])));
  return new Map([...parameters].map(([name, { shape, values }]) => [name, variable(shape, values)]));
}

/** The model of a spec, its encoders in plain ops. */
export function modelOf(spec: TrainerSpec, variables: ReadonlyMap<string, tf.Variable>): PenalisedCritic {
  const encoder = (side: 'x' | 'y') => (rows: tf.Tensor) => {
    const last = spec.xWidths.length - 2;
    let features = rows;
    for (let layer = 0; layer <= last; layer += 1) {
      const weight = variables.get(`encoder.${side}.${layer}.weight`) as tf.Tensor2D;
      const sums = tf.matMul(features as tf.Tensor2D, weight, false, true);
      const biased = sums.add(variables.get(`encoder.${side}.${layer}.bias`) ?? 0);
      features = layer < last ? biased.relu() : biased;
    }
    return features;
  };
  const layers = [...(spec.criticHidden ?? []), 1].flatMap((_, k) => [`critic.${k}.weight`, `critic.${k}.bias`]);
  return {
    x: encoder('x'),
    y: encoder(spec.yWidths === null ? 'x' : 'y'),
    critic: critics[spec.critic as CriticName]({ learnTemperature: true, temperature: spec.temperature }),
    parameters: ['critic.weight', ...layers, 'critic.log_temperature'].flatMap((name) => variables.get(name) ?? []),
  };
}

const critics: Readonly<Record<CriticName, (options: CriticOptions) => Critic>> = {
  separable,
  bilinear,
  cosine,
  distance,
  'squared-distance': squaredDistance,
  joint,
};

import { bilinear } from '../critics/bilinear.js';
import { cosine } from '../critics/cosine.js';
import type { Critic } from '../critics/critic.js';
import { distance } from '../critics/distance.js';
import { joint } from '../critics/joint.js';
import { separable } from '../critics/separable.js';
import { squaredDistance } from '../critics/squared-distance.js';
import {
  gradientPenalty,
  type Lipschitz,
  lagrangian,
  orthonormal,
  spectral,
  unconstrained,
  weightBall,
} from '../lipschitz/lipschitz.js';
import { defaultLipschitz, type FitOptions } from '../training/fit-options.js';
import type { TrainSettings } from './commands/train-options.js';

const CRITICS = { separable, bilinear, cosine, distance, 'squared-distance': squaredDistance } as const;

/** What `fit` is told by the settings of a command line; sources, callbacks and checkpoints aside. */
export function fitOptions(settings: TrainSettings): Omit<FitOptions, 'pairs'> {
  const { objective, batch, steps, lr, optimiser, momentum, weightDecay, schedule, warmup, seed } = settings;
  const { encoder, encoderY = encoder, shared, activation, standardise, clipNorm, deterministic, patience } = settings;
  const { imageShape, imageShapeY } = settings;
  return {
    objective,
    critic: criticOf(settings),
    lipschitz: lipschitzOf(settings),
    encoder: { x: encoder, y: encoderY },
    ...(imageShape !== undefined && { imageShape: { x: imageShape, y: imageShapeY ?? imageShape } }),
    batch,
    steps,
    learningRate: lr,
    optimiser: { name: optimiser, ...given({ momentum, weightDecay }) },
    schedule: { name: schedule, warmup },
    seed,
    ...given({ shared, activation, standardise, clipNorm, deterministic }),
    ...(patience !== undefined && { earlyStopping: { patience } }),
  };
}

function criticOf({ critic, temperature, learnTemperature, criticHidden }: TrainSettings): Critic {
  if (critic === 'joint') {
    const hidden = criticHidden?.split('-').map(Number);
    return joint(given({ temperature, learnTemperature, hidden }));
  }
  return CRITICS[critic](given({ temperature, learnTemperature }));
}

function lipschitzOf(settings: TrainSettings): Lipschitz {
  const { objective, encoder, encoderY = encoder } = settings;
  const { lipschitz = defaultLipschitz(objective, encoder, encoderY) } = settings;
  const { penaltyCoefficient, penaltyTarget, penaltySides, penaltyPoints, penaltyOver, batch } = settings;
  switch (lipschitz) {
    case 'none':
      return unconstrained();
    case 'gradient-penalty':
      return gradientPenalty({
        coefficient: penaltyCoefficient,
        target: penaltyTarget,
        sided: penaltySides,
        points: Math.min(penaltyPoints, batch),
        over: penaltyOver,
      });
    case 'orthonormal':
      return orthonormal({ every: settings.orthonormaliseEvery });
    case 'spectral':
      return spectral({ norm: settings.spectralNorm });
    case 'lagrangian': {
      const { lagrangianPairs: pairs = batch, lagrangianMultiplier: multiplier } = settings;
      return lagrangian({ pairs, multiplier });
    }
    case 'spectral-ball':
    case 'l1':
    case 'l-infinity':
    case 'frobenius':
    case 'box':
      return weightBall(lipschitz, given({ radius: settings.radius, every: settings.projectEvery }));
    default:
      return lipschitz satisfies never;
  }
}

/** The fields that are given: an undefined one would hide a default. */
function given<T extends object>(fields: T): { readonly [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: NonNullable<T[K]>;
  };
}

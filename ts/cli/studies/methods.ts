import { cosine } from '../../critics/cosine.js';
import type { Critic } from '../../critics/critic.js';
import { distance } from '../../critics/distance.js';
import { separable } from '../../critics/separable.js';
import { gradientPenalty, type Lipschitz, orthonormal, unconstrained } from '../../lipschitz/lipschitz.js';
import type { FitOptions } from '../../training/fit-options.js';

/** A way to train encoders, in the library's vocabulary: what `npm start` and the studies compare. */
export interface Method {
  /** Names its files and its colour. */
  readonly id: string;
  /** For people. */
  readonly label: string;
  readonly objective: 'cpc' | 'wpc' | 'wdm';
  readonly critic: 'separable' | 'cosine' | 'distance';
  readonly temperature: number;
  readonly activation: 'relu' | 'maxmin';
  readonly lipschitz:
    | { readonly name: 'none' }
    | { readonly name: 'gradient-penalty'; readonly coefficient: number; readonly target: 1; readonly points: 16 }
    | { readonly name: 'orthonormal'; readonly every: number };
}

const PENALTY = { name: 'gradient-penalty', target: 1, points: 16 } as const;

/** The methods, in the order of the tables. */
export const METHODS: readonly Method[] = [
  {
    id: 'cpc-separable',
    label: 'CPC, separable',
    objective: 'cpc',
    critic: 'separable',
    temperature: 1,
    activation: 'relu',
    lipschitz: { name: 'none' },
  },
  {
    id: 'cpc-cosine',
    label: 'CPC, cosine',
    objective: 'cpc',
    critic: 'cosine',
    temperature: 0.1,
    activation: 'relu',
    lipschitz: { name: 'none' },
  },
  {
    id: 'wpc-penalty',
    label: 'WPC, penalty',
    objective: 'wpc',
    critic: 'separable',
    temperature: 1,
    activation: 'relu',
    lipschitz: { ...PENALTY, coefficient: 0.1 },
  },
  {
    id: 'wdm-penalty',
    label: 'WDM, penalty',
    objective: 'wdm',
    critic: 'separable',
    temperature: 1,
    activation: 'relu',
    lipschitz: { ...PENALTY, coefficient: 1 },
  },
  {
    id: 'wpc-certified',
    label: 'WPC, certified',
    objective: 'wpc',
    critic: 'distance',
    temperature: 0.3,
    activation: 'maxmin',
    lipschitz: { name: 'orthonormal', every: 4 },
  },
];

const CRITICS: Readonly<Record<Method['critic'], (options: { readonly temperature: number }) => Critic>> = {
  separable,
  cosine,
  distance,
};

/** What `fit` is told of a method. */
export function methodOptions(
  { objective, critic, temperature, activation, lipschitz }: Method,
  batch: number,
): Pick<FitOptions, 'objective' | 'critic' | 'activation' | 'lipschitz'> {
  return {
    objective,
    critic: CRITICS[critic]({ temperature }),
    activation,
    lipschitz: constraintOf(lipschitz, batch),
  };
}

function constraintOf(lipschitz: Method['lipschitz'], batch: number): Lipschitz {
  switch (lipschitz.name) {
    case 'none':
      return unconstrained();
    case 'gradient-penalty': {
      const { coefficient, target, points } = lipschitz;
      return gradientPenalty({ coefficient, target, points: Math.min(points, batch) });
    }
    case 'orthonormal':
      return orthonormal({ every: lipschitz.every });
    default:
      return lipschitz satisfies never;
  }
}

import fc from 'fast-check';
import { type Critic, criticNames } from '../../ts/critics/critic.js';
import { joint } from '../../ts/critics/joint.js';
import { resolveCritic } from '../../ts/critics/resolve-critic.js';
import { type LipschitzName, lipschitzNames } from '../../ts/lipschitz/lipschitz.js';
import { type ObjectiveName, objectiveNames } from '../../ts/objectives/objective.js';
import { seed } from './arbitraries.js';

/** Options of a run as plain data, with the sizes of its pairs. */
export interface ArbitraryRun {
  readonly xDim: number;
  readonly yDim: number;
  readonly options: {
    readonly objective: ObjectiveName;
    readonly critic: Critic;
    readonly lipschitz: LipschitzName;
    readonly encoder: string;
    readonly imageShape?: string;
    readonly shared: boolean;
    readonly bias: boolean;
    readonly batch: number;
    readonly seed: number;
    readonly optimiser: 'adam' | 'adamw' | 'sgd';
    readonly clipNorm?: number;
  };
}

/** One block of 64 rows, part of one, and several. */
const batches = fc.oneof(fc.integer({ min: 2, max: 63 }), fc.constantFrom(64, 128), fc.integer({ min: 65, max: 210 }));

const dense = fc.record({
  sizes: fc.tuple(fc.integer({ min: 1, max: 21 }), fc.integer({ min: 1, max: 21 })),
  encoder: fc.constantFrom('4', '8-4', '12-20-8', '68-4'),
});

const convolutional = fc.record({
  sizes: fc.constant<[number, number]>([36, 36]),
  encoder: fc.constantFrom('c4k3s1p1-8', 'c4k2s2-c8k3-4'),
  imageShape: fc.constant('1x6x6'),
});

/** Runs of all kinds; what the library refuses is among them. */
export const arbitraryRun: fc.Arbitrary<ArbitraryRun> = fc
  .record({
    shape: fc.oneof({ weight: 3, arbitrary: dense }, { weight: 1, arbitrary: convolutional }),
    objective: fc.constantFrom(...objectiveNames),
    critic: fc.constantFrom(...criticNames),
    lipschitz: fc.constantFrom(...lipschitzNames),
    temperature: fc.constantFrom(0.2, 1),
    learnTemperature: fc.boolean(),
    shared: fc.boolean(),
    bias: fc.boolean(),
    batch: batches,
    seed,
    optimiser: fc.constantFrom('adam' as const, 'adamw' as const, 'sgd' as const),
    clipNorm: fc.option(fc.constantFrom(0.1, 1), { nil: undefined }),
  })
  .map(({ shape, critic, temperature, learnTemperature, shared, clipNorm, ...rest }) => {
    const { sizes, encoder, ...image } = shape;
    return {
      xDim: sizes[0],
      yDim: shared ? sizes[0] : sizes[1],
      options: {
        ...rest,
        ...image,
        encoder,
        critic: {
          ...resolveCritic(critic === 'joint' ? joint({ hidden: [12, 8] }) : critic),
          temperature,
          learnTemperature,
        },
        shared,
        ...(clipNorm !== undefined && { clipNorm }),
      },
    };
  });

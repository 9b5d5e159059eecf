import { OptionsError } from '../wasm/errors.js';

/** The objectives' names in the vocabulary. */
export type ObjectiveName =
  | 'cpc'
  | 'cpc-symmetric'
  | 'wpc'
  | 'wpc-symmetric'
  | 'wdm'
  | 'wdm-all'
  | 'nwj'
  | 'dv'
  | 'jsd'
  | 'smile'
  | 'rpc'
  | 'flo';

/** Every objective's name, in the order of the documentation. */
export const objectiveNames: readonly ObjectiveName[] = [
  'cpc',
  'cpc-symmetric',
  'wpc',
  'wpc-symmetric',
  'wdm',
  'wdm-all',
  'nwj',
  'dv',
  'jsd',
  'smile',
  'rpc',
  'flo',
];

/** What fixes SMILE. */
export interface SmileParameters {
  /** τ: the scores of mismatched pairs are clipped to [-τ, τ] in the reported value; above 0, at most 80. Default 5. */
  readonly clip?: number;
}

/** What fixes relative predictive coding. */
export interface RpcParameters {
  /** α: the weight of the scores of mismatched pairs, at least 0. Default 1. */
  readonly alpha?: number;
  /** β: the weight of the squared scores of positives, at least 0. Default 1e-4. */
  readonly beta?: number;
  /** γ: the weight of the squared scores of mismatched pairs, above 0. Default 1. */
  readonly gamma?: number;
}

/** An objective with the numbers that fix it. */
export type Objective =
  | { readonly name: Exclude<ObjectiveName, 'smile' | 'rpc'> }
  | ({ readonly name: 'smile' } & SmileParameters)
  | ({ readonly name: 'rpc' } & RpcParameters);

/** An objective as the core takes it. */
export interface ResolvedObjective {
  readonly name: ObjectiveName;
  /** The numbers that fix it, defaults filled in; none for most. */
  readonly options: Readonly<Record<string, number>>;
}

/** Whether the objective's value is a Wasserstein quantity once the critic is Lipschitz, and only then. */
export function needsLipschitz(objective: string): boolean {
  return objective.startsWith('w');
}

/**
 * The objective with its numbers, or the one of that name with its defaults.
 *
 * @throws {OptionsError} on an unknown name
 */
export function resolveObjective(objective: Objective | ObjectiveName): ResolvedObjective {
  const given = typeof objective === 'string' ? ({ name: checkObjective(objective) } as Objective) : objective;
  switch (given.name) {
    case 'smile': {
      const { name, clip = 5 } = given;
      return { name, options: { clip } };
    }
    case 'rpc': {
      const { name, alpha = 1, beta = 1e-4, gamma = 1 } = given;
      return { name, options: { alpha, beta, gamma } };
    }
    default:
      return { name: checkObjective(given.name), options: {} };
  }
}

/**
 * `name`, checked.
 *
 * @throws {OptionsError} on an unknown name
 */
export function checkObjective(name: string): ObjectiveName {
  const known = objectiveNames.find((objective) => objective === name);
  if (known === undefined) {
    throw new OptionsError(`unknown objective "${name}": expected ${objectiveNames.join(', ')}`);
  }
  return known;
}

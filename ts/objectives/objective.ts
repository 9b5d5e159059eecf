import { OptionsError } from '../wasm/errors.js';

/** The objectives' names in the vocabulary. */
export type ObjectiveName = 'cpc' | 'cpc-symmetric' | 'wpc' | 'wpc-symmetric' | 'wdm' | 'wdm-all' | 'nwj' | 'dv';

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
];

/** Whether the objective's value is a Wasserstein quantity once the critic is Lipschitz, and only then. */
export function needsLipschitz(objective: string): boolean {
  return objective.startsWith('w');
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

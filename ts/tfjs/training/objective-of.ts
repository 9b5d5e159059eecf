import { checkObjective, type Objective } from '../../objectives/objective.js';
import type { TrainerSpec } from '../../wasm/trainer-spec.js';

/** The objective of a run, as losses take it. */
export function objectiveOf({ objective, objectiveOptions }: TrainerSpec): Objective {
  return { name: checkObjective(objective), ...objectiveOptions } as Objective;
}

import { type Tensor, transpose } from '@tensorflow/tfjs-core';
import type { Lipschitz } from '../../lipschitz/lipschitz.js';
import { OptionsError } from '../../wasm/errors.js';
import { isProjection, projectKernel, projectsAfter } from '../lipschitz/project-kernel.js';
import type { Parameter } from './parameters.js';
import { scoped } from './scoped.js';

/** What holds a run's parameters to their constraints: the run's `lipschitz`, and layers' own. */
export interface Constraint {
  /** Whether what is evaluated and exported differs from what is trained. */
  readonly isFree: boolean;
  /** Holds the parameters strictly, before the first step. */
  begin(): void;
  /** Holds the parameters after a step, counted from 1. */
  afterStep(step: number): void;
  /** The parameter with the constraint applied strictly; for use in `tidy`. */
  strict(parameter: Parameter): Tensor;
}

/**
 * The constraint of a run.
 *
 * @throws {OptionsError} where a trained tensor is of a layer that no projection is known of, naming it
 */
export function constraintOf(lipschitz: Lipschitz, parameters: readonly Parameter[]): Constraint {
  const projects = isProjection(lipschitz);
  const unknown = parameters.find(
    ({ variable, geometry, isTrained }) => isTrained && variable.rank >= 2 && geometry === null,
  );
  if (projects && unknown !== undefined) {
    throw new OptionsError(
      `lipschitz ${lipschitz.name} projects the kernels of dense layers and convolutions, and ${unknown.name} is none: freeze its layer, or take gradientPenalty({ over: 'embeddings' }) (--lipschitz gradient-penalty --penalty-over embeddings), which is the critic's alone`,
    );
  }
  const project = (parameter: Parameter, strict: boolean): Tensor => {
    const { variable, geometry, isTrained } = parameter;
    return geometry === null || !isTrained ? variable : projected(parameter, lipschitz, { ...geometry, strict });
  };
  const strict = (parameter: Parameter): Tensor => {
    const { variable, constraint, isTrained } = parameter;
    const value = projects ? project(parameter, true) : variable;
    return constraint === null || !isTrained ? value : constraint.apply(value, true);
  };
  return {
    isFree: !projects && parameters.every(({ constraint, isTrained }) => constraint === null || !isTrained),
    afterStep(step) {
      for (const parameter of parameters) {
        const { variable, constraint, isTrained } = parameter;
        if (!isTrained) continue;
        scoped(() => {
          if (projectsAfter(lipschitz, step)) assign(parameter, project(parameter, false));
          if (constraint !== null) assign(parameter, constraint.apply(variable));
        });
      }
    },
    begin() {
      for (const parameter of parameters) scoped(() => assign(parameter, strict(parameter)));
    },
    strict,
  };
}

function assign({ variable }: Parameter, value: Tensor): void {
  if (value !== variable) variable.assign(value);
}

/** The critic's weights are the transposes of what TensorFlow.js would keep. */
function projected(
  { variable, isCritics }: Parameter,
  lipschitz: Lipschitz,
  options: Parameters<typeof projectKernel>[2],
): Tensor {
  if (!isCritics) return projectKernel(variable as Tensor, lipschitz, options);
  return transpose(projectKernel(transpose(variable as Tensor), lipschitz, options));
}

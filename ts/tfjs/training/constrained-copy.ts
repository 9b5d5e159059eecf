import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../../wasm/trainer-tensors.js';
import type { Constraint } from './constraint.js';
import { namedTensor, type Parameter, writeVariable } from './parameters.js';
import { scoped } from './scoped.js';

/** The parameters with the constraint applied, as they are evaluated and exported. */
export interface ConstrainedCopy {
  /** Copies of them. */
  tensors(): readonly NamedTensor[];
  /** What `work` gives while the variables hold them; the variables are then as they were. */
  use<T>(work: () => T): T;
  /** Has them made anew: the variables have changed. */
  forget(): void;
}

/** The copy is kept from one use to the next, since a strict projection takes longer than a step. */
export function constrainedCopy(parameters: readonly Parameter[], constraint: Constraint): ConstrainedCopy {
  let made: readonly NamedTensor[] | null = null;
  const tensors = (): readonly NamedTensor[] => {
    const read = (): readonly NamedTensor[] =>
      parameters.map((parameter) => scoped(() => namedTensor(parameter, constraint.strict(parameter))));
    if (constraint.isFree) return read();
    made ??= read();
    return made;
  };
  let isInUse = false;
  return {
    tensors,
    use(work) {
      if (constraint.isFree || isInUse) return work();
      const copies = tensors();
      const raw: readonly Tensor[] = parameters.map(({ variable }) => variable.clone());
      isInUse = true;
      try {
        parameters.forEach(({ variable }, at) => {
          writeVariable(variable, copies[at]?.data ?? new Float32Array());
        });
        return work();
      } finally {
        parameters.forEach(({ variable }, at) => {
          const before = raw[at];
          if (before !== undefined) variable.assign(before);
        });
        for (const tensor of raw) tensor.dispose();
        isInUse = false;
      }
    },
    forget() {
      made = null;
    },
  };
}

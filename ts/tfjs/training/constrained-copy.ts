import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../../wasm/trainer-tensors.js';
import type { Constraint } from './constraint.js';
import { type ListedParameter, uniqueParameters } from './listed-parameters.js';
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
  /** Takes what the variables hold from now on for what is exported, until {@link forget}. */
  hold(): void;
}

/** The copy is kept from one use to the next, since a strict projection takes longer than a step. */
export function constrainedCopy(listed: readonly ListedParameter[], constraint: Constraint): ConstrainedCopy {
  const parameters = uniqueParameters(listed);
  let isHeld = false;
  // Constraints need not commute: applied to what they made, they may change it once more.
  const isFree = (): boolean => constraint.isFree || isHeld;
  let made: ReadonlyMap<Parameter, NamedTensor> | null = null;
  const copies = (): ReadonlyMap<Parameter, NamedTensor> => {
    const read = () =>
      new Map(
        parameters.map((parameter) => [
          parameter,
          scoped(() => namedTensor(parameter, isFree() ? parameter.variable : constraint.strict(parameter))),
        ]),
      );
    if (isFree()) return read();
    made ??= read();
    return made;
  };
  let isInUse = false;
  return {
    tensors() {
      const held = copies();
      return listed.flatMap(({ name, parameter }) => {
        const tensor = held.get(parameter);
        return tensor === undefined ? [] : [{ ...tensor, name }];
      });
    },
    use(work) {
      if (isFree() || isInUse) return work();
      const held = copies();
      const raw: readonly Tensor[] = parameters.map(({ variable }) => variable.clone());
      isInUse = true;
      try {
        for (const [{ variable }, { data }] of held) writeVariable(variable, data);
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
      isHeld = false;
    },
    hold() {
      isHeld = true;
    },
  };
}

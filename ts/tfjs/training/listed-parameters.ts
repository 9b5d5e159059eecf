import type { Variable } from '@tensorflow/tfjs-core';
import { CheckpointError } from '../../wasm/errors.js';
import type { Side } from '../../wasm/trainer.js';
import type { OpenEncoder, Weight } from './open-encoder.js';
import type { Parameter } from './parameters.js';

/** A parameter under a name of its variable. */
export interface ListedParameter {
  readonly name: string;
  readonly parameter: Parameter;
}

/**
 * The parameters of both encoders, under each name that they have. A variable that the encoders share, or list twice, is
 * one parameter of several names: its gradients are summed, it has one moment, and moves once.
 */
export function encoderParameters(encoders: Readonly<Record<Side, OpenEncoder | null>>): readonly ListedParameter[] {
  const places = (['x', 'y'] as const).flatMap((side) =>
    (encoders[side]?.weights ?? []).map((weight) => ({ name: `encoder.${side}.${weight.name}`, weight })),
  );
  const found = new Map<Variable, Parameter>();
  for (const { name, weight } of places) {
    const before = found.get(weight.variable);
    found.set(weight.variable, before === undefined ? parameterOf(name, weight) : joined(before, weight));
  }
  return places.flatMap(({ name, weight }) => {
    const parameter = found.get(weight.variable);
    return parameter === undefined ? [] : [{ name, parameter }];
  });
}

function parameterOf(name: string, weight: Weight): Parameter {
  return { ...weight, name, decays: weight.variable.rank >= 2, isCritics: false };
}

/** What either encoder knows of the variable. */
function joined(parameter: Parameter, { isTrained, constraint, geometry }: Weight): Parameter {
  return {
    ...parameter,
    isTrained: parameter.isTrained || isTrained,
    constraint: parameter.constraint ?? constraint,
    geometry: parameter.geometry ?? geometry,
  };
}

/** Each parameter once. */
export function uniqueParameters(listed: readonly ListedParameter[]): readonly Parameter[] {
  return [...new Set(listed.map(({ parameter }) => parameter))];
}

/**
 * The numbers of each parameter from those of each name.
 *
 * @throws {CheckpointError} where names of one variable come with different numbers
 */
export function numbersByParameter(
  listed: readonly ListedParameter[],
  numbers: readonly Float32Array[],
): ReadonlyMap<Parameter, Float32Array> {
  const found = new Map<Parameter, Float32Array>();
  listed.forEach(({ name, parameter }, at) => {
    const [given, before] = [numbers[at] ?? new Float32Array(), found.get(parameter)];
    if (before?.some((value, i) => value !== given[i])) {
      throw new CheckpointError(
        `${parameter.name} and ${name} are one variable of the encoders given, and have different numbers in the file`,
      );
    }
    found.set(parameter, given);
  });
  return found;
}

import { engine, type Tensor } from '@tensorflow/tfjs-core';

/** What records, op by op; empty where nothing does. */
type Tape = ReturnType<typeof engine>['state']['activeTape'];

/** An op that a gradient would have to pass, and can't. */
export interface MissingDerivative {
  readonly op: string;
  /** Its place on the tape, or that of the last op of the forward pass that leads to it. */
  readonly place: number;
}

/** How many ops the tape holds. */
export function tapeLength(): number {
  return tape().length;
}

/**
 * The op without a gradient through which `result` depends on a variable, or on what had been computed before the tape's
 * place `from`; null where there is none, or nothing records. TensorFlow.js itself would find out only while it takes
 * the outer gradient, and forget what was saved for it.
 *
 * @param forwardEnd where on the tape gradients begin
 */
export function missingDerivative(from: number, forwardEnd: number, result: Tensor): MissingDerivative | null {
  const { registeredVariables } = engine();
  const ids = new Set(Object.values(registeredVariables).map(({ id }) => id));
  for (const { outputs } of tape().slice(0, from)) for (const { id } of outputs) ids.add(id);
  const nodes = tape().slice(from);
  const depends = nodes.map(({ inputs, outputs }) => {
    const isReached = Object.values(inputs).some(({ id }) => ids.has(id));
    if (isReached) for (const { id } of outputs) ids.add(id);
    return isReached;
  });
  const needed = new Set([result.id]);
  for (let at = nodes.length - 1; at >= 0; at -= 1) {
    const { inputs, outputs, gradient, kernelName } = nodes[at];
    if (!depends[at] || !outputs.some(({ id }) => needed.has(id))) continue;
    if (gradient === undefined) return { op: kernelName, place: forwardPlace(from + at, forwardEnd) };
    for (const { id } of Object.values(inputs)) needed.add(id);
  }
  return null;
}

/** Where on the tape, from a place on, an op of that name lies that has no gradient. */
export function placeOf(op: string, from: number): number {
  return tape().findIndex(({ kernelName, gradient }, at) => at >= from && kernelName === op && gradient === undefined);
}

/** Where on the tape, from a place on, the first op of that name lies. */
export function placeOfOp(op: string, from: number): number {
  return tape().findIndex(({ kernelName }, at) => at >= from && kernelName === op);
}

/** The last op of the forward pass that the one at `place` takes something from. */
function forwardPlace(place: number, forwardEnd: number): number {
  const producers = new Map(tape().flatMap(({ outputs }, at) => outputs.map(({ id }) => [id, at])));
  let sources = [place];
  while (sources.length > 0) {
    const forward = sources.filter((at) => at < forwardEnd);
    if (forward.length > 0) return Math.max(...forward);
    const inputs = sources.flatMap((at) => Object.values(tape()[at].inputs));
    sources = inputs.flatMap(({ id }) => producers.get(id) ?? []);
  }
  return -1;
}

function tape(): Tape {
  return engine().state.activeTape ?? [];
}

import type { CoreOptions } from '../../wasm/core.js';
import { DataError, ShapeError, StateError } from '../../wasm/errors.js';
import type { Matrix } from '../../wasm/matrix.js';
import type { Side, Trainer } from '../../wasm/trainer.js';
import type { TrainerSpec } from '../../wasm/trainer-spec.js';
import type { Counters, NamedTensor } from '../../wasm/trainer-tensors.js';
import { constrainedCopy } from './constrained-copy.js';
import { constraintOf } from './constraint.js';
import { embedRows } from './embed-rows.js';
import { evaluatePairs } from './evaluate-pairs.js';
import { encoderParameters, numbersByParameter, uniqueParameters } from './listed-parameters.js';
import { type TwinUse, UNKNOWN_PARTS, withNativeTwin } from './native-twin.js';
import { openCritic } from './open-critic.js';
import type { OpenEncoder } from './open-encoder.js';
import { noMoments } from './optimiser.js';
import { matched, namedTensor, writeVariable } from './parameters.js';
import { type StepState, takeStep } from './take-step.js';

/** The encoder of each side; null for y where x's serves both. */
export interface OpenEncoders {
  readonly x: OpenEncoder;
  readonly y: OpenEncoder | null;
}

const FIRST = 'optimiser.first.';
const SECOND = 'optimiser.second.';

/**
 * A trainer whose encoders are TensorFlow.js's: it computes on the backend that is set, and trains their variables in
 * place. Loss and critic are the core's.
 *
 * @throws {OptionsError} on numbers out of range, or a constraint that the encoders cannot be held to
 * @throws {ShapeError} on embeddings that the critic does not take
 */
export function tfjsTrainer(
  spec: TrainerSpec,
  encoders: OpenEncoders,
  { deterministic = false }: CoreOptions = {},
): Trainer {
  const options = { deterministic };
  const critic = openCritic(spec, options);
  try {
    return assembled(spec, encoders, critic, options);
  } catch (error) {
    critic.loss.dispose();
    throw error;
  }
}

function assembled(
  spec: TrainerSpec,
  encoders: OpenEncoders,
  critic: ReturnType<typeof openCritic>,
  options: CoreOptions,
): Trainer {
  const own = critic.parameters.map((parameter) => ({ name: parameter.name, parameter }));
  const listed = [...encoderParameters(encoders), ...own];
  const parameters = uniqueParameters(listed);
  const constraint = constraintOf(spec.lipschitz, parameters);
  const copy = constrainedCopy(listed, constraint);
  const sides = { x: encoders.x, y: encoders.y ?? encoders.x };
  const [inputs, batch] = [newInputs(spec, sides), spec.batch];
  const state: StepState = {
    spec,
    sides,
    loss: critic.loss,
    critic: critic.critic,
    listed,
    parameters,
    constraint,
    moments: parameters.map(({ isTrained, variable }) => noMoments(spec.optimiser, isTrained ? variable.size : 0)),
    counters: { step: 0, random: critic.random },
  };
  let isDisposed = false;
  const live = <T>(work: () => T): T => {
    if (isDisposed) throw new StateError('this trainer was disposed of');
    return work();
  };
  const embed = (side: Side, rows: Matrix): Matrix => embedRows(sides[side], checkedRows(side, rows, sides), batch);
  const twin: TwinUse = (work, otherwise) =>
    copy.use(() => withNativeTwin(spec, encoders, copy.tensors(), options)(work, otherwise));
  const dispose = (): void => {
    if (!isDisposed) critic.loss.dispose();
    isDisposed = true;
  };
  return {
    batch,
    xDim: sides.x.widths[0],
    yDim: sides.y.widths[0],
    xEmbeddingDim: sides.x.widths[1],
    yEmbeddingDim: sides.y.widths[1],
    x: () => inputs.x,
    y: () => inputs.y,
    step: () =>
      live(() => {
        copy.forget();
        return takeStep(state, inputs);
      }),
    evaluate: (x, y) =>
      live(() => {
        checkPairs(x, y, batch);
        return copy.use(() => evaluatePairs(spec, { g: embed('x', x), h: embed('y', y) }, copy.tensors(), options));
      }),
    embed: (side, rows) => live(() => copy.use(() => embed(side, rows))),
    certificate: (metric = 'sum', within) =>
      live(() =>
        twin(
          (native) => native.certificate(metric, within),
          (reason) => ({ constant: null, metric, reason }),
        ),
      ),
    lipschitzParts: (within) =>
      live(() =>
        twin(
          (native) => native.lipschitzParts(within),
          () => UNKNOWN_PARTS,
        ),
      ),
    tensors: (kind) => live(() => (kind === 'export' ? copy.tensors() : stateTensors(state))),
    counters: () => live(() => state.counters),
    restore: (tensors, counters) =>
      live(() => {
        restore(state, tensors, counters);
        copy.forget();
        if (counters === null) copy.hold();
      }),
    dispose,
    [Symbol.dispose]: dispose,
  };
}

function newInputs({ batch }: TrainerSpec, sides: Readonly<Record<Side, OpenEncoder>>) {
  return {
    x: new Float32Array(batch * sides.x.widths[0]),
    y: new Float32Array(batch * sides.y.widths[0]),
  };
}

/** Parameters, then the moments of those that are trained: what a checkpoint goes on from. */
function stateTensors({ listed, parameters, moments }: StepState): readonly NamedTensor[] {
  const list = (prefix: string, which: 'first' | 'second') =>
    parameters.flatMap(({ name, shape }, at) => {
      const data = moments[at]?.[which] ?? new Float32Array();
      return data.length === 0 ? [] : [{ name: prefix + name, shape, data: data.slice() }];
    });
  const values = listed.map(({ name, parameter }) => ({ ...namedTensor(parameter, parameter.variable), name }));
  return [...values, ...list(FIRST, 'first'), ...list(SECOND, 'second')];
}

/** Takes all or nothing. */
function restore(state: StepState, tensors: readonly NamedTensor[], counters: Counters | null): void {
  const { listed, parameters, moments } = state;
  const slots = (prefix: string, which: 'first' | 'second') =>
    parameters.flatMap(({ name, shape }, at) => {
      const target = moments[at]?.[which] ?? new Float32Array();
      return target.length === 0 ? [] : [{ name: prefix + name, shape, target }];
    });
  const kept = counters === null ? [] : [...slots(FIRST, 'first'), ...slots(SECOND, 'second')];
  const expected = listed.map(({ name, parameter: { shape } }) => ({ name, shape }));
  const values = matched([...expected, ...kept], tensors);
  for (const [{ variable }, numbers] of numbersByParameter(listed, values)) writeVariable(variable, numbers);
  kept.forEach(({ target }, at) => {
    target.set(values[listed.length + at] ?? []);
  });
  if (counters !== null) state.counters = counters;
}

function checkedRows(side: Side, rows: Matrix, sides: Readonly<Record<Side, OpenEncoder>>): Matrix {
  const [expected] = sides[side].widths;
  if (rows.cols !== expected) throw new ShapeError(`${side} has ${rows.cols} columns, its encoder takes ${expected}`);
  if (rows.data.length === rows.rows * rows.cols) return rows;
  throw new ShapeError(`${side} says ${rows.rows} x ${rows.cols}, but holds ${rows.data.length} numbers`);
}

function checkPairs(x: Matrix, y: Matrix, batch: number): void {
  if (x.rows !== y.rows) throw new ShapeError(`x has ${x.rows} rows and y ${y.rows}: expected one y an x`);
  if (x.rows < batch) throw new DataError(`expected at least one batch of ${batch} pairs, got ${x.rows}`);
}

import { add, addN, type Scalar, type Tensor, variableGrads } from '@tensorflow/tfjs-core';
import type { Critic } from '../../critics/critic.js';
import { DataError, OptionsError } from '../../wasm/errors.js';
import { randomFromState } from '../../wasm/random.js';
import type { Side, StepReport } from '../../wasm/trainer.js';
import type { TrainerSpec } from '../../wasm/trainer-spec.js';
import type { Counters } from '../../wasm/trainer-tensors.js';
import { gradientPenaltyTerm, type PenaltyBatch } from '../lipschitz/gradient-penalty.js';
import { drawPenaltyPoints } from '../lipschitz/penalty-points.js';
import { recording } from '../loss/abandoned-tape.js';
import type { ContrastiveLoss } from '../loss/contrastive-loss.js';
import { readTensor } from '../tensor-data.js';
import type { Constraint } from './constraint.js';
import { rowsTensor } from './embed-rows.js';
import { learningRate } from './learning-rate.js';
import type { ListedParameter } from './listed-parameters.js';
import type { OpenEncoder } from './open-encoder.js';
import { descended, type Moments, type OptimiserStep } from './optimiser.js';
import { type Parameter, writeVariable } from './parameters.js';
import { scoped } from './scoped.js';

/** A trainer between two steps. */
export interface StepState {
  readonly spec: TrainerSpec;
  readonly sides: Readonly<Record<Side, OpenEncoder>>;
  readonly loss: ContrastiveLoss;
  readonly critic: Critic;
  /** Under each of their names. */
  readonly listed: readonly ListedParameter[];
  /** Each once. */
  readonly parameters: readonly Parameter[];
  readonly constraint: Constraint;
  /** In the order of parameters. */
  readonly moments: readonly Moments[];
  counters: Counters;
}

type Inputs = Readonly<Record<Side, Float32Array>>;
/** By variables' names. */
type Gradients = Readonly<Record<string, Tensor | undefined>>;

/** Below it a learnt temperature does not go, as when training natively. */
const TEMPERATURE_FLOOR = 0.01;
const LOG_TEMPERATURE = 'critic.log_temperature';
/** Squares of its entries, which second moments are means of, stay within single precision. */
const LARGEST_NORM = 1e19;

/**
 * Takes a step on a batch.
 *
 * @throws {DataError} where the value, the gradient or what the parameters would be is not finite, naming the step; nothing has then changed
 */
export function takeStep(state: StepState, inputs: Inputs): StepReport {
  const step = state.counters.step + 1;
  const untrained = state.parameters.filter(({ isTrained }) => !isTrained);
  const kept: readonly Tensor[] = state.parameters.map(({ variable }) => variable.clone());
  try {
    return scoped(() => {
      if (step === 1) state.constraint.begin();
      const before = untrained.map(({ variable }) => variable.dataId);
      const differentiation = differentiate(state, inputs);
      untrained.forEach(({ name, variable }, at) => {
        // Layers move their averages while they are differentiated.
        if (variable.dataId !== before[at]) checkFinite(name, readTensor(variable));
      });
      return descend(state, differentiation, step);
    });
  } catch (error) {
    state.parameters.forEach(({ variable }, at) => {
      variable.assign(kept[at] ?? variable);
    });
    throw named(error, step, inputs);
  } finally {
    for (const tensor of kept) tensor.dispose();
  }
}

function descend(
  state: StepState,
  { gradients, penalty, surrogate, random }: ReturnType<typeof differentiate>,
  step: number,
): StepReport {
  const { spec, loss, parameters, constraint } = state;
  const temperature = temperatureOf(state);
  const gradientNorm = globalNorm(parameters, gradients);
  const { optimiser, clipNorm } = spec;
  const scale = clipNorm !== null && gradientNorm > clipNorm ? clipNorm / gradientNorm : 1;
  checkNorm(gradientNorm * scale);
  const rate = learningRate(spec, step);
  const moments = moved(state, gradients, { optimiser, step, rate, scale });
  holdFloor(state);
  constraint.afterStep(step);
  if (!constraint.isFree) for (const { name, variable } of parameters) checkFinite(name, readTensor(variable));
  state.moments.forEach(({ first, second }, at) => {
    first.set(moments[at]?.first ?? first);
    second.set(moments[at]?.second ?? second);
  });
  state.counters = { step, random };
  return {
    step,
    value: loss.value,
    penalty,
    loss: penalty - surrogate,
    gradientNorm,
    learningRate: rate,
    temperature,
  };
}

/** Moves the trained parameters down their gradients; gives the moments of all, for the step to keep once it is taken. */
function moved(state: StepState, gradients: Gradients, step: OptimiserStep): readonly Moments[] {
  return state.parameters.map(({ name, variable, isTrained, decays }, at) => {
    const { first, second } = state.moments[at];
    if (!isTrained) return { first, second };
    const gradient = gradients[variable.name];
    const moments = { first: first.slice(), second: second.slice() };
    const given = gradient === undefined ? null : readTensor(gradient);
    const value = descended(readTensor(variable), given, moments, step, decays);
    for (const values of [value, moments.first, moments.second]) checkFinite(`${name} after the step`, values);
    writeVariable(variable, value);
    return moments;
  });
}

/** What is descended, with its gradients by trained variables, by their names. */
function differentiate(state: StepState, inputs: Inputs) {
  const { spec, sides, loss, parameters } = state;
  const trained = parameters.filter(({ isTrained }) => isTrained).map(({ variable }) => variable);
  if (trained.length === 0) throw new OptionsError('there is nothing to train: every layer of the encoders is frozen');
  const batch = (side: Side) => {
    const { input, widths } = sides[side];
    return input(rowsTensor({ data: inputs[side], cols: widths[0] }, 0, spec.batch));
  };
  const [x, y] = [batch('x'), batch('y')];
  const { points, random } = drawnPoints(state);
  let [penalty, surrogate] = [0, 0];
  const whole = (): Scalar => {
    const contrast = loss(sides.x.embed(x, true), sides.y.embed(y, true));
    surrogate = -numberOf(contrast);
    const terms = [...regularisation(sides), ...gradientPenalty(state, { x, y, points })];
    if (terms.length === 0) return contrast;
    const added = addN<Scalar>(terms);
    penalty = numberOf(added);
    return add<Scalar>(contrast, added);
  };
  const { grads } = recording((noteTape) =>
    variableGrads(() => {
      noteTape();
      return whole();
    }, trained),
  );
  const gradients: Gradients = grads;
  return { gradients, penalty, surrogate, random };
}

function regularisation({ x, y }: StepState['sides']): readonly Scalar[] {
  // What encoders share costs once; wrappers give what they wrap once more.
  return [...new Set([...x.layers, ...y.layers].flatMap(({ losses }) => losses))].map((loss) => loss());
}

function gradientPenalty({ spec, sides, loss, critic }: StepState, batch: PenaltyBatch): readonly Scalar[] {
  if (spec.lipschitz.name !== 'gradient-penalty') return [];
  const model = { x: sides.x.penalised, y: sides.y.penalised, critic, parameters: loss.trainableVariables };
  return [gradientPenaltyTerm(model, batch, spec.lipschitz)];
}

/** The points of this step's penalty, and the generator after they were drawn. */
function drawnPoints({ spec, counters }: StepState) {
  const { lipschitz, batch } = spec;
  if (lipschitz.name !== 'gradient-penalty') return { points: [], random: counters.random };
  using random = randomFromState(counters.random);
  const points = drawPenaltyPoints(random, batch, lipschitz.points);
  const [a = 0, b = 0, c = 0, d = 0] = random.state();
  return { points, random: [a, b, c, d] as const };
}

function numberOf(value: Scalar): number {
  return readTensor(value)[0] ?? Number.NaN;
}

/** The norm of all gradients together, in float64, which no float32 overflows. */
function globalNorm(parameters: readonly Parameter[], gradients: Gradients): number {
  let total = 0;
  for (const { name, variable, isTrained } of parameters) {
    const gradient = gradients[variable.name];
    if (!isTrained || gradient === undefined) continue;
    const values = readTensor(gradient);
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
    if (!Number.isFinite(sum)) throw notFinite(`the gradient by ${name}`, values);
    total += sum;
  }
  return Math.sqrt(total);
}

function checkFinite(name: string, values: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  if (!Number.isFinite(sum)) throw notFinite(name, values);
}

function notFinite(what: string, values: Float32Array): DataError {
  const bad = values.filter((value) => !Number.isFinite(value)).length;
  const first = values.findIndex((value) => !Number.isFinite(value));
  return new DataError(
    `${what} must be finite, found ${bad} of ${values.length} entries that are not, the first (${values[first]}) at ${first}`,
  );
}

function checkNorm(norm: number): void {
  if (norm <= LARGEST_NORM) return;
  throw new DataError(
    `the gradient's norm is ${norm}, and above ${LARGEST_NORM} its squares leave single precision: scale the inputs down, or clip it`,
  );
}

/** What scores are divided by. */
function temperatureOf({ spec, parameters }: StepState): number {
  const learnt = parameters.find(({ name }) => name === LOG_TEMPERATURE);
  if (learnt === undefined) return spec.temperature;
  return Math.max(Math.exp(readTensor(learnt.variable)[0] ?? 0), TEMPERATURE_FLOOR);
}

/** Raises a learnt temperature to the floor, once the optimiser has moved it. */
function holdFloor({ parameters }: StepState): void {
  const learnt = parameters.find(({ name }) => name === LOG_TEMPERATURE);
  const floor = Math.fround(Math.log(TEMPERATURE_FLOOR));
  if (learnt === undefined || (readTensor(learnt.variable)[0] ?? 0) >= floor) return;
  writeVariable(learnt.variable, Float32Array.of(floor));
}

/** Says in which step it happened, and whether the batch was to blame. */
function named(error: unknown, step: number, inputs: Inputs): unknown {
  if (!(error instanceof DataError)) return error;
  const bad = (['x', 'y'] as const).find((side) => !inputs[side].every(Number.isFinite));
  const blame = bad === undefined ? '' : `: the batch of ${bad} holds numbers that are not finite`;
  return new DataError(`step ${step} was not taken${blame}: ${error.message}`, { cause: error });
}

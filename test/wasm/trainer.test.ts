import { describe, expect, it } from 'vitest';
import '../../ts/entries/node.js';
import { acquireCore } from '../../ts/wasm/core.js';
import { CheckpointError, DataError, OptionsError, ShapeError, StateError } from '../../ts/wasm/errors.js';
import { type Matrix, matrix } from '../../ts/wasm/matrix.js';
import { liveResources } from '../../ts/wasm/resource.js';
import { createTrainer, type Trainer } from '../../ts/wasm/trainer.js';
import type { TrainerSpec } from '../../ts/wasm/trainer-spec.js';
import type { Rows } from '../reference/linear-algebra.js';
import { RELATIVE } from '../reference/objectives/rpc.js';
import { expectClose } from '../support/close.js';
import { builds } from '../support/library.js';
import { normalRows, type SeededRandom, seededRandom } from '../support/random.js';
import { type Batch, nextPoints, parametersOf, twinGradient, twinLoss } from './trainer-twin.js';

const penalty = {
  name: 'gradient-penalty',
  coefficient: 0.7,
  target: 1,
  sided: 'two',
  points: 5,
  over: 'inputs',
} as const;

/** Plain descent on two small perceptrons. */
const small: TrainerSpec = {
  objective: 'cpc',
  critic: 'separable',
  temperature: 0.8,
  learnTemperature: true,
  xWidths: [5, 4, 3],
  yWidths: [6, 4, 3],
  activation: 'maxmin',
  bias: true,
  initialisation: 'glorot',
  lipschitz: { name: 'none' },
  optimiser: { name: 'sgd', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentum: 0, weightDecay: 0 },
  learningRate: 0.1,
  schedule: { name: 'constant', warmup: 0 },
  clipNorm: null,
  batch: 9,
  steps: 100,
  seed: 3,
};

/** Adam on two views of the same factors. */
const run: TrainerSpec = {
  ...small,
  xWidths: [10, 16, 8],
  yWidths: [12, 16, 8],
  optimiser: { ...small.optimiser, name: 'adam' },
  learningRate: 5e-3,
  learnTemperature: false,
  temperature: 1,
  batch: 20,
};

/** Every constraint with an objective and a critic that it goes with. */
const constrained: readonly TrainerSpec[] = [
  { ...run, objective: 'cpc-symmetric', critic: 'bilinear' },
  { ...run, objective: 'wpc', lipschitz: penalty },
  { ...run, objective: 'wdm', critic: 'bilinear', lipschitz: { ...penalty, sided: 'one' } },
  { ...run, objective: 'wpc', critic: 'distance', lipschitz: { name: 'orthonormal', every: 4 } },
  { ...run, objective: 'wdm', critic: 'distance', lipschitz: { name: 'spectral', norm: 1 } },
];

const describeSpec = ({ objective, critic, lipschitz }: TrainerSpec) => `${objective} ${critic} ${lipschitz.name}`;

function noise({ batch, xWidths, yWidths }: TrainerSpec, random: SeededRandom): Batch {
  return { x: normalRows(random, batch, xWidths[0]), y: normalRows(random, batch, (yWidths ?? xWidths)[0]) };
}

/** Two noisy views of four shared factors. */
function views(spec: TrainerSpec, random: SeededRandom): Batch {
  const factors = normalRows(random, spec.batch, 4);
  const see = (rows: Rows) => rows.map((row, i) => row.map((value, k) => 2 * factors[i][k % 4] + 0.2 * value));
  const { x, y } = noise(spec, random);
  return { x: see(x), y: see(y) };
}

function write(trainer: Trainer, { x, y }: Batch): void {
  trainer.x().set(x.flat());
  trainer.y().set(y.flat());
}

function train(trainer: Trainer, spec: TrainerSpec, steps: number, random: SeededRandom): number[] {
  return Array.from({ length: steps }, () => {
    write(trainer, views(spec, random));
    return trainer.step().value;
  });
}

const rowsMatrix = (rows: Rows): Matrix => matrix(Float32Array.from(rows.flat()), rows.length, rows[0].length);

describe.each(builds)('a trainer ($build)', ({ deterministic }) => {
  const create = (spec: TrainerSpec) => createTrainer(spec, { deterministic });

  it.each<TrainerSpec>([
    small,
    { ...small, objective: 'nwj', critic: 'bilinear', yWidths: [6, 4, 2], activation: 'leaky-relu' },
    { ...small, objective: 'wpc-symmetric', critic: 'cosine', yWidths: null, activation: 'leaky-relu' },
    { ...small, objective: 'dv', critic: 'distance', bias: false },
    { ...small, objective: 'wdm-all', critic: 'squared-distance' },
    { ...small, objective: 'smile', objectiveOptions: { clip: 0.5 }, critic: 'joint', criticHidden: [5, 3] },
    { ...small, objective: 'rpc', objectiveOptions: RELATIVE, critic: 'joint', criticHidden: [4], yWidths: [6, 4, 2] },
    { ...small, objective: 'jsd', critic: 'bilinear', yWidths: [6, 4, 2] },
    { ...small, objective: 'flo' },
    { ...small, objective: 'wpc', lipschitz: penalty },
    { ...small, objective: 'wdm', critic: 'bilinear', yWidths: [6, 4, 2], lipschitz: penalty },
    { ...small, objective: 'wpc', yWidths: null, activation: 'relu', lipschitz: { ...penalty, points: 40 } },
    { ...small, objective: 'wpc', critic: 'cosine', lipschitz: penalty },
    { ...small, objective: 'wdm', critic: 'distance', lipschitz: penalty },
    { ...small, objective: 'wdm', critic: 'squared-distance', lipschitz: penalty },
    { ...small, objective: 'wpc', critic: 'cosine', lipschitz: { ...penalty, over: 'embeddings' } },
  ])('takes the step of its float64 twin: $objective $critic $lipschitz.name', (spec) => {
    using trainer = create(spec);
    const batch = noise(spec, seededRandom(4));
    const before = parametersOf(trainer.tensors('export'));
    const points = nextPoints(spec, trainer.counters(), batch);
    write(trainer, batch);
    const report = trainer.step();
    const expected = twinLoss(spec, before, batch, points);
    expectClose(report.loss, expected, { absolute: 2e-6, relative: 2e-5 }, 'loss');
    const gradient = twinGradient(spec, before, batch, points);
    expectClose(report.gradientNorm, Math.hypot(...[...gradient.values()].flat()), { relative: 1e-4 }, 'norm');
    for (const { name, data } of trainer.tensors('export')) {
      const [start, slopes] = [before.get(name)?.values ?? [], gradient.get(name) ?? []];
      const moved = start.map((value, k) => value - spec.learningRate * slopes[k]);
      expectClose(data, moved, { absolute: 2e-6, relative: 2e-5 }, name);
    }
  });

  it.each(constrained)('raises $objective with $critic under $lipschitz.name', (spec) => {
    using trainer = create(spec);
    const values = train(trainer, spec, 200, seededRandom(5));
    const mean = (part: number[]) => part.reduce((sum, value) => sum + value, 0) / part.length;
    expect(mean(values.slice(-10))).toBeGreaterThan(mean(values.slice(0, 10)) + 0.2);
  });

  it('asks for no memory over 100 steps, and the memory does not grow', () => {
    const { exports } = acquireCore({ deterministic });
    for (const spec of constrained) {
      using trainer = create(spec);
      write(trainer, views(spec, seededRandom(6)));
      trainer.step();
      const [calls, bytes] = [exports.allocation_count(), exports.memory.buffer.byteLength];
      for (let k = 0; k < 100; k++) trainer.step();
      expect(exports.allocation_count() - calls, describeSpec(spec)).toBe(0);
      expect(exports.memory.buffer.byteLength).toBe(bytes);
    }
  });

  it('gives its memory back: making and disposing many does not grow it', () => {
    const { exports } = acquireCore({ deterministic });
    const cycle = () => {
      const trainer = create(run);
      write(trainer, views(run, seededRandom(7)));
      trainer.step();
      trainer.tensors('state');
      trainer.dispose();
    };
    for (let k = 0; k < 5; k++) cycle();
    const [bytes, live] = [exports.memory.buffer.byteLength, liveResources()];
    for (let k = 0; k < 100; k++) cycle();
    expect(exports.memory.buffer.byteLength).toBe(bytes);
    expect(liveResources()).toBe(live);
  });

  it.each(constrained)('A2 C: goes on bit for bit, $lipschitz.name with $critic', (base) => {
    const spec: TrainerSpec = { ...base, schedule: { name: 'cosine', warmup: 5 }, steps: 40, learnTemperature: true };
    using whole = create(spec);
    const expected = train(whole, spec, 40, seededRandom(8));
    const data = seededRandom(8);
    using first = create(spec);
    const found = train(first, spec, 17, data);
    using resumed = create({ ...spec, seed: 99 });
    resumed.restore(first.tensors('state'), first.counters());
    found.push(...train(resumed, spec, 23, data));
    expect(found).toEqual(expected);
    expect(resumed.tensors('state')).toEqual(whole.tensors('state'));
    expect(resumed.counters()).toEqual(whole.counters());
  });

  it('E2: a row is embedded alone as among others', () => {
    const spec: TrainerSpec = { ...small, xWidths: [7, 5, 3], yWidths: null, activation: 'relu', seed: 1, batch: 4 };
    using trainer = create(spec);
    const rows = Array.from({ length: 13 }, (_, i) => Array.from({ length: 7 }, (_, k) => ((3 * i + 5 * k) % 7) - 3));
    const embed = (some: Rows) => [...trainer.embed('x', rowsMatrix(some)).data];
    const whole = embed(rows);
    expect(rows.flatMap((row) => embed([row]))).toEqual(whole);
    expect([...embed(rows.slice(0, 4)), ...embed(rows.slice(4))]).toEqual(whole);
    expect([...embed(rows.slice(0, 8)), ...embed(rows.slice(8))]).toEqual(whole);
    const reversed = embed(rows.toReversed());
    expect(rows.flatMap((_, i) => reversed.slice((12 - i) * 3, (13 - i) * 3))).toEqual(whole);
    expect(trainer.embed('y', rowsMatrix(rows)).data).toEqual(Float32Array.from(whole));
  });

  it('evaluates whole batches and means their values', () => {
    using trainer = create(run);
    const random = seededRandom(9);
    const [one, two] = [views(run, random), views(run, random)];
    const each = [one, two].map(({ x, y }) => trainer.evaluate(rowsMatrix(x), rowsMatrix(y)));
    const [x, y] = [rowsMatrix([...one.x, ...two.x, one.x[0]]), rowsMatrix([...one.y, ...two.y, one.y[0]])];
    const both = trainer.evaluate(x, y);
    expect(both.batches).toBe(2);
    for (const key of ['value', 'wdm', 'wdmAll'] as const) {
      expect(both[key]).toBeCloseTo((each[0][key] + each[1][key]) / 2, 10);
    }
    // Over all pairs a diagonal pair is compared with itself too.
    expect(each[0].wdmAll / each[0].wdm).toBeCloseTo(1 - 1 / run.batch, 5);
  });

  it('L9: certifies the distance critic alone, and bounds W1', () => {
    const line: TrainerSpec = { ...small, objective: 'wdm', xWidths: [1, 1], yWidths: [1, 1], bias: false, batch: 2 };
    const points = matrix(Float32Array.of(0, 1), 2, 1);
    const tenfold = (critic: string) => {
      const trainer = create({ ...line, critic, learnTemperature: false, temperature: 1 });
      const tensors = trainer.tensors('export').map((tensor) => ({ ...tensor, data: Float32Array.of(10) }));
      trainer.restore(tensors, null);
      return trainer;
    };
    using separable = tenfold('separable');
    expect(separable.evaluate(points, points).wdmAll).toBeCloseTo(25, 6);
    expect(separable.certificate()).toMatchObject({ constant: null, reason: expect.stringContaining('dot product') });
    using distance = tenfold('distance');
    expect(distance.evaluate(points, points).wdmAll).toBeCloseTo(5, 6);
    for (const [metric, constant] of [
      ['sum', 10],
      ['l2', 14.142135623730951],
    ] as const) {
      const found = distance.certificate(metric);
      expect(found.constant).toBeGreaterThanOrEqual(constant * (1 - 1e-12));
      expect(found.constant).toBeLessThan(constant * (1 + 1e-6));
    }
  });

  it('A4 A: a step that is not finite is a DataError with its number, and nothing has changed', () => {
    using trainer = create({ ...run, learningRate: 1e30 });
    write(trainer, views(run, seededRandom(10)));
    trainer.step();
    const before = trainer.tensors('state');
    expect(() => trainer.step()).toThrow(DataError);
    expect(() => trainer.step()).toThrow(/step 2 was not taken/);
    expect(trainer.tensors('state')).toEqual(before);
    expect(trainer.counters().step).toBe(1);
  });

  it('A4 B: a batch with NaN is refused, and training goes on', () => {
    using trainer = create(run);
    const batch = views(run, seededRandom(11));
    write(trainer, batch);
    trainer.y()[7] = Number.NaN;
    expect(() => trainer.step()).toThrow(/the batch of y holds numbers that are not finite/);
    write(trainer, batch);
    expect(trainer.step().step).toBe(1);
  });

  it('refuses what it cannot take, by name', () => {
    const refused = (changes: Partial<TrainerSpec>) => () => create({ ...small, ...changes });
    expect(refused({ objective: 'mine' })).toThrow(OptionsError);
    expect(refused({ critic: 'dot' })).toThrow(/"dot"/);
    expect(refused({ activation: 'gelu' })).toThrow(/gelu/);
    expect(refused({ initialisation: 'zeros' })).toThrow(/zeros/);
    expect(refused({ batch: 1 })).toThrow(/at least 2 pairs, found 1/);
    expect(refused({ batch: 2.5 })).toThrow(OptionsError);
    expect(refused({ learningRate: Number.NaN })).toThrow(/learning rate must be finite/);
    expect(refused({ seed: -1 })).toThrow(/seed/);
    expect(refused({ clipNorm: 0 })).toThrow(/above 0/);
    expect(refused({ xWidths: [5, 3, 3] })).toThrow(ShapeError);
    expect(refused({ xWidths: [5, 4, 2] })).toThrow(ShapeError);
    expect(refused({ xWidths: [2 ** 20, 2 ** 20, 3] })).toThrow(/MiB/);
    expect(refused({ lipschitz: { ...penalty, points: 0 } })).toThrow(/at least one point/);
    expect(refused({ lipschitz: { name: 'spectral', norm: 0 } })).toThrow(/spectral norm/);
    expect(refused({ optimiser: { ...small.optimiser, momentum: 1 } })).toThrow(/momentum/);
  });

  it('refuses rows of another width, and fewer than a batch', () => {
    using trainer = create(run);
    const rows = (count: number, cols: number) => matrix(new Float32Array(count * cols), count, cols);
    expect(() => trainer.embed('x', rows(3, 9))).toThrow(ShapeError);
    expect(() => trainer.evaluate(rows(20, 10), rows(20, 10))).toThrow(/y has 10 columns, its encoder takes 12/);
    expect(() => trainer.evaluate(rows(20, 10), rows(21, 12))).toThrow(ShapeError);
    expect(() => trainer.evaluate(rows(19, 10), rows(19, 12))).toThrow(DataError);
    expect(trainer.embed('x', rows(0, 10))).toEqual({ data: new Float32Array(0), rows: 0, cols: 8 });
  });

  it('refuses tensors of another model, and is left as it was', () => {
    using trainer = create(run);
    const [state, counters] = [trainer.tensors('state'), trainer.counters()];
    const broken = (change: (at: number) => object) => state.map((tensor, at) => ({ ...tensor, ...change(at) }));
    expect(() => trainer.restore(state.slice(1), counters)).toThrow(/no tensor encoder.x.0.weight/);
    const renamed = broken((at) => (at === 2 ? { name: 'other' } : {}));
    expect(() => trainer.restore(renamed, counters)).toThrow(CheckpointError);
    const reshaped = broken((at) => (at === 0 ? { shape: [10, 16] } : {}));
    expect(() => trainer.restore(reshaped, counters)).toThrow(/\[10, 16\] with 160 numbers, expected \[16, 10\]/);
    const poisoned = broken((at) => (at === 1 ? { data: new Float32Array(16).fill(Number.NaN) } : {}));
    expect(() => trainer.restore(poisoned, counters)).toThrow(DataError);
    expect(trainer.tensors('state')).toEqual(state);
  });

  it('is a StateError once disposed of', () => {
    const trainer = create(run);
    trainer.dispose();
    trainer.dispose();
    const rows = matrix(new Float32Array(200), 20, 10);
    const calls = [
      () => trainer.x(),
      () => trainer.step(),
      () => trainer.embed('x', rows),
      () => trainer.evaluate(rows, matrix(new Float32Array(240), 20, 12)),
      () => trainer.certificate(),
      () => trainer.tensors('state'),
      () => trainer.counters(),
      () => trainer.restore([], null),
    ];
    for (const call of calls) expect(call).toThrow(StateError);
  });
});

it('gives the same bits for the same seed in the baseline build', () => {
  const bits = () => {
    using trainer = createTrainer(run, { deterministic: true });
    train(trainer, run, 10, seededRandom(12));
    return trainer.tensors('state');
  };
  expect(bits()).toEqual(bits());
});

import { requireFinite } from '../data/pairs.js';
import { applyStandardiser, type PairStandardiser } from '../data/standardise.js';
import type { CoreOptions } from '../wasm/core.js';
import { OptionsError, ShapeError } from '../wasm/errors.js';
import { type Matrix, type MatrixLike, toMatrix } from '../wasm/matrix.js';
import type { Disposable } from '../wasm/resource.js';
import {
  type CoreCertificate,
  type CoreTrainer,
  createTrainer,
  type Evaluation,
  type Metric,
  type Side,
} from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';
import { readModelFile, writeModelFile } from './model-file.js';
import { pairScores } from './pair-scores.js';

/** A Lipschitz constant of f over pairs of inputs, or why there is none. */
export type Certificate = CoreCertificate;

/** The best candidates of each query, best first; equal scores in the order of the candidates. */
export interface TopK {
  /** queries x k candidates. */
  readonly indices: Int32Array;
  /** Their scores. */
  readonly scores: Float32Array;
  readonly k: number;
}

/** Trained encoders with their critic. */
export interface Model extends Disposable {
  readonly spec: TrainerSpec;
  readonly standardiser: PairStandardiser | null;
  /**
   * Embeddings of rows of x, rows x d; a row's does not depend on the others.
   *
   * @throws {ShapeError} on another width
   * @throws {DataError} on NaN or infinity
   */
  embedX(rows: MatrixLike): Matrix;
  /** Embeddings of rows of y: see {@link Model.embedX}. */
  embedY(rows: MatrixLike): Matrix;
  /** The critic's score of each pair of rows. */
  score(x: MatrixLike, y: MatrixLike): Float32Array;
  /**
   * The k candidates of y that score highest with each row of x.
   *
   * @throws {OptionsError} on a k that is not from 1 to the number of candidates
   */
  topK(x: MatrixLike, y: MatrixLike, k: number): TopK;
  /**
   * The objective and WDM on pairs, means over whole batches of the size it was trained with.
   *
   * @throws {ShapeError} on other widths or different numbers of rows
   * @throws {DataError} on fewer pairs than a batch, NaN or infinity
   */
  evaluate(x: MatrixLike, y: MatrixLike): Evaluation;
  /** The critic's certified Lipschitz constant over inputs as the encoders see them (standardised). Default `sum`. */
  certify(metric?: Metric): Certificate;
  /** Parameters with the constraint applied, in PyTorch's shapes. */
  tensors(): readonly NamedTensor[];
  /** A safetensors file that {@link loadModel} reads. */
  toBytes(): Uint8Array;
  /** One encoder alone as safetensors: `0.weight` [out, in], `0.bias`, ... */
  exportEncoder(side: Side): Uint8Array;
}

/**
 * Reads a model's file.
 *
 * @throws {CheckpointError} on bytes that are no model, damaged, or of another format
 */
export function loadModel(bytes: Uint8Array, options: CoreOptions = {}): Model {
  const { spec, tensors, standardiser } = readModelFile(bytes, 'model');
  return createModel(spec, tensors, standardiser, options);
}

/** A model of parameters that a trainer exported. */
export function createModel(
  spec: TrainerSpec,
  parameters: readonly NamedTensor[],
  standardiser: PairStandardiser | null,
  options: CoreOptions = {},
): Model {
  const core = createTrainer(spec, options);
  core.restore(parameters, null);
  const input = (side: Side, rows: MatrixLike): Matrix => standardised(rows, side, standardiser);
  const embed = (side: Side, rows: MatrixLike): Matrix => core.embed(side, input(side, rows));
  const tensors = (): readonly NamedTensor[] => core.tensors('export');
  return {
    spec,
    standardiser,
    embedX: (rows) => embed('x', rows),
    embedY: (rows) => embed('y', rows),
    score: (x, y) => pairScores(spec, tensors(), embed('x', x), embed('y', y)).paired(),
    topK: (x, y, k) => best(pairScores(spec, tensors(), embed('x', x), embed('y', y)), k),
    evaluate: (x, y) => core.evaluate(input('x', x), input('y', y)),
    certify: (metric) => core.certificate(metric),
    tensors,
    toBytes: () => writeModelFile({ kind: 'model', spec, tensors: tensors(), standardiser, extra: {} }),
    exportEncoder: (side) => exportEncoder(core, spec, side, standardiser),
    dispose: core.dispose,
    [Symbol.dispose]: core.dispose,
  };
}

function standardised(rows: MatrixLike, side: Side, standardiser: PairStandardiser | null): Matrix {
  const matrix = toMatrix(rows, side);
  requireFinite(matrix, side);
  if (standardiser === null) return matrix;
  const data = matrix.data.slice();
  applyStandardiser(standardiser[side], data);
  return { ...matrix, data };
}

function exportEncoder(
  core: CoreTrainer,
  spec: TrainerSpec,
  side: Side,
  standardiser: PairStandardiser | null,
): Uint8Array {
  const all = core.tensors('export');
  const prefix = [`encoder.${side}.`, 'encoder.x.', 'encoder.'].find((start) =>
    all.some(({ name }) => name.startsWith(start)),
  );
  if (prefix === undefined) throw new ShapeError(`this model has no encoder of ${side}`);
  const own = all.filter(({ name }) => name.startsWith(prefix));
  const tensors = own.map((tensor) => ({ ...tensor, name: tensor.name.slice(prefix.length) }));
  return writeModelFile({ kind: 'encoder', spec, tensors, standardiser, extra: { side } });
}

function best({ rows, candidates, row }: ReturnType<typeof pairScores>, k: number): TopK {
  if (!Number.isSafeInteger(k) || k < 1 || k > candidates) {
    throw new OptionsError(`k must be a whole number from 1 to ${candidates}, the number of candidates, got ${k}`);
  }
  const indices = new Int32Array(rows * k);
  const scores = new Float32Array(rows * k);
  for (let i = 0; i < rows; i++) {
    const all = row(i);
    const order = Array.from(all.keys()).sort((a, b) => (all[b] ?? 0) - (all[a] ?? 0) || a - b);
    order.slice(0, k).forEach((j, rank) => {
      indices[i * k + rank] = j;
      scores[i * k + rank] = all[j] ?? 0;
    });
  }
  return { indices, scores, k };
}

import type { PairStandardiser } from '../data/standardise.js';
import type { CoreOptions } from '../wasm/core.js';
import type { Matrix, MatrixLike } from '../wasm/matrix.js';
import type { Disposable } from '../wasm/resource.js';
import { type Side, type Trainer, trainerOf } from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';
import { encoderInput } from './encoder-input.js';
import { readModelFile } from './model-file.js';
import { type PairScores, pairScores } from './pair-scores.js';
import type { OpenTrainer } from './trainer-factory.js';

/** Trained encoders and their critic, at work: the part of a model that knows no objectives. */
export interface Embedder extends Disposable {
  readonly spec: TrainerSpec;
  readonly standardiser: PairStandardiser | null;
  /**
   * Embeddings of rows of x, rows x d; a row's does not depend on the others.
   *
   * @throws {ShapeError} on another width
   * @throws {DataError} on NaN or infinity
   */
  embedX(rows: MatrixLike): Matrix;
  /** Embeddings of rows of y: see {@link Embedder.embedX}. */
  embedY(rows: MatrixLike): Matrix;
  /** The critic's score of each pair of rows. */
  score(x: MatrixLike, y: MatrixLike): Float32Array;
}

/** What a model's other functions are made of. */
export interface OpenEmbedder {
  readonly core: Trainer;
  readonly embedder: Embedder;
  /** Rows as the encoder sees them. */
  input(side: Side, rows: MatrixLike): Matrix;
  /** Scores of all rows of x against all of y. */
  scores(x: MatrixLike, y: MatrixLike): PairScores;
  /** Parameters with the constraint applied. */
  tensors(): readonly NamedTensor[];
}

/**
 * What embeds and scores of a model's file.
 *
 * @throws {CheckpointError} on bytes that are no model, damaged, or of another format
 */
export function loadEmbedder(bytes: Uint8Array, options: CoreOptions = {}): Embedder {
  const { spec, tensors, standardiser } = readModelFile(bytes, 'model');
  return openEmbedder(spec, tensors, standardiser, options).embedder;
}

/** An embedder of parameters that a trainer exported. */
export function openEmbedder(
  spec: TrainerSpec,
  parameters: readonly NamedTensor[],
  standardiser: PairStandardiser | null,
  options: CoreOptions,
  open: OpenTrainer = trainerOf,
): OpenEmbedder {
  const core = open(spec, parameters, options);
  const input = (side: Side, rows: MatrixLike): Matrix => encoderInput(rows, side, standardiser);
  const embed = (side: Side, rows: MatrixLike): Matrix => core.embed(side, input(side, rows));
  const tensors = (): readonly NamedTensor[] => core.tensors('export');
  const scores = (x: MatrixLike, y: MatrixLike) => pairScores(spec, tensors(), embed('x', x), embed('y', y));
  const embedder: Embedder = {
    spec,
    standardiser,
    embedX: (rows) => embed('x', rows),
    embedY: (rows) => embed('y', rows),
    score: (x, y) => scores(x, y).paired(),
    dispose: core.dispose,
    [Symbol.dispose]: core.dispose,
  };
  return { core, embedder, input, scores, tensors };
}

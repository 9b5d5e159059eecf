import type { PairStandardiser } from '../data/standardise.js';
import { checkOptions } from '../wasm/check-options.js';
import type { CoreOptions } from '../wasm/core.js';
import { DataError, OptionsError } from '../wasm/errors.js';
import type { Matrix, MatrixLike } from '../wasm/matrix.js';
import type { CoreCertificate, Evaluation, LipschitzParts, Metric, Side, Trainer } from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';
import { type Embedder, openEmbedder } from './embedder.js';
import { exportEncoder } from './export-encoder.js';
import { readModelFile, writeModelFile } from './model-file.js';
import { pairScores } from './pair-scores.js';
import { steepestPair } from './steepest-pair.js';
import type { OpenTrainer } from './trainer-factory.js';
import { sampleWdm, scoreRounding, type W1Bound, w1LowerBound } from './w1-bound.js';

/** A Lipschitz constant of f over pairs of inputs, or why there is none, with those of its parts. */
export type Certificate = CoreCertificate & LipschitzParts;

/** What a certificate is of. */
export interface CertifyOptions {
  /** `sum`: |dx| + |dy|; `l2`: the Euclidean one. Default `sum`. */
  readonly metric?: Metric;
  /**
   * Only inputs with |x| and |y| up to these. Embeddings are then bounded too, and the separable, bilinear and squared
   * distance critics have constants as well. Without, all inputs.
   */
  readonly within?: Readonly<Record<Side, number>>;
}

/** The best candidates of each query, best first; equal scores in the order of the candidates. */
export interface TopK {
  /** queries x k candidates. */
  readonly indices: Int32Array;
  /** Their scores. */
  readonly scores: Float32Array;
  readonly k: number;
}

/** Trained encoders with their critic. */
export interface Model extends Embedder {
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
  /**
   * The Lipschitz constants, from above, of both encoders, of the critic and of f, over inputs as the encoders see them
   * (standardised).
   *
   * @throws {OptionsError} on an unknown metric, or radii that are not numbers from 0
   */
  certify(options?: Metric | CertifyOptions): Certificate;
  /**
   * What the critic certifies of a sample of pairs: a lower bound on W_1 between its joint and the product of its
   * marginals, in `metric` (default `sum`), between inputs as the encoders see them.
   *
   * @throws {ShapeError} on other widths or different numbers of rows
   * @throws {DataError} on no pair, NaN or infinity, or a row longer than `within` says
   * @throws {OptionsError} on an unknown metric, or radii that are not numbers from 0
   */
  w1Bound(x: MatrixLike, y: MatrixLike, options?: Metric | CertifyOptions): W1Bound;
  /** Parameters with the constraint applied, in PyTorch's shapes. */
  tensors(): readonly NamedTensor[];
  /** A safetensors file that {@link loadModel} reads. */
  toBytes(): Uint8Array;
  /**
   * One encoder alone as safetensors: `0.weight` [out, in], `0.bias`, ..., and `standardise.mean` and `standardise.scale`
   * where inputs are standardised. docs/tfjs.md has the PyTorch module that loads it.
   */
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
  open?: OpenTrainer,
): Model {
  const { core, embedder, input, scores, tensors } = openEmbedder(spec, parameters, standardiser, options, open);
  return {
    ...embedder,
    topK: (x, y, k) => best(scores(x, y), k),
    evaluate: (x, y) => core.evaluate(input('x', x), input('y', y)),
    certify: (options) => certify(core, certifyOptions(options)),
    w1Bound(xLike, yLike, what) {
      const [x, y, { metric, within }] = [input('x', xLike), input('y', yLike), certifyOptions(what)];
      if (within !== undefined) requireWithin({ x, y }, within);
      const embeddings = { g: core.embed('x', x), h: core.embed('y', y) };
      const parameters = tensors();
      const wdm = sampleWdm(spec, parameters, embeddings, options);
      const certificate = core.certificate(metric, within);
      const rounding = scoreRounding(core.lipschitzParts(within).critic, embeddings);
      const table = (a: Matrix, b: Matrix) =>
        pairScores(spec, parameters, core.embed('x', a), core.embed('y', b)).table();
      return {
        pairs: x.rows,
        metric,
        wdm,
        lipschitzConstant: certificate.constant,
        steepest: steepestPair({ table, rounding }, x, y, metric),
        lowerBound: w1LowerBound(wdm, rounding, certificate),
      };
    },
    tensors,
    toBytes: () => writeModelFile({ kind: 'model', spec, tensors: tensors(), standardiser, extra: {} }),
    exportEncoder: (side) => exportEncoder({ spec, standardiser, tensors }, side),
  };
}

function certifyOptions(given: Metric | CertifyOptions = {}): { metric: Metric; within?: Record<Side, number> } {
  const options = typeof given === 'string' ? { metric: given } : given;
  checkOptions<CertifyOptions>(options, { metric: true, within: true }, 'certify');
  const { metric = 'sum', within } = options;
  if (metric !== 'sum' && metric !== 'l2') throw new OptionsError(`metric must be sum or l2, got ${metric}`);
  if (within === undefined) return { metric };
  for (const side of ['x', 'y'] as const) {
    if (!(within[side] >= 0)) throw new OptionsError(`within.${side} must be a number from 0, got ${within[side]}`);
  }
  return { metric, within };
}

/** Of a length in float64. */
const ROUNDING = 1e-12;

/** A constant of inputs within radii says nothing of a sample that lies beyond them. */
function requireWithin(pairs: Readonly<Record<Side, Matrix>>, within: Readonly<Record<Side, number>>): void {
  for (const side of ['x', 'y'] as const) {
    const { data, rows, cols } = pairs[side];
    for (let i = 0; i < rows; i++) {
      const length = Math.sqrt(data.subarray(i * cols, (i + 1) * cols).reduce((sum, value) => sum + value * value, 0));
      if (!(length <= within[side] * (1 + ROUNDING))) {
        throw new DataError(
          `row ${i} of ${side} is ${length} long, as the encoder sees it: more than within.${side} = ${within[side]}`,
        );
      }
    }
  }
}

function certify(core: Trainer, { metric, within }: ReturnType<typeof certifyOptions>): Certificate {
  return { ...core.certificate(metric, within), ...core.lipschitzParts(within) };
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

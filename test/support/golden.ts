import { readFileSync } from 'node:fs';
import type { HeadsShape } from '../../ts/adapters/heads/heads.js';
import type { Activation, DenseLayer } from '../reference/encoder.js';
import type { Rows } from '../reference/linear-algebra.js';
import type { ObjectiveName } from '../reference/loss.js';
import { diagonalPairing, type Pairing, pairing } from '../reference/pairing.js';
import type { CriticName } from '../reference/scores.js';

/** Right answers of another library, and where they come from; ten significant digits. */
export interface Golden<Case> {
  readonly library: string;
  readonly version: string;
  readonly script: string;
  readonly seed: number;
  readonly cases: readonly Case[];
}

/** A critic and an objective on embeddings; `positives` are [candidate, weight] pairs, null for the diagonal. */
export interface LossCase {
  readonly objective: ObjectiveName;
  readonly critic: CriticName;
  readonly temperature: number;
  readonly weights?: Rows;
  readonly layers?: readonly DenseLayer[];
  readonly G: Rows;
  readonly H: Rows;
  readonly positives: readonly (readonly (readonly [candidate: number, weight: number])[])[] | null;
  readonly ids: readonly number[] | null;
  readonly value: number;
  /** What the gradients are of, where it isn't the value. */
  readonly surrogate?: number;
  readonly dG: Rows;
  readonly dH: Rows;
  readonly dTemperature: number;
  readonly dWeights?: Rows;
  readonly dLayers?: readonly DenseLayer[];
}

/** One encoder: embeddings of X, and the gradients of Σ upstream · embeddings. */
export interface EncoderCase {
  readonly what: 'encoder';
  readonly activation: Activation;
  readonly layers: readonly DenseLayer[];
  readonly X: Rows;
  readonly upstream: Rows;
  readonly embeddings: Rows;
  readonly dX: Rows;
  readonly gradients: readonly DenseLayer[];
}

/** InfoNCE with the separable critic over two encoders, and its gradients with respect to every weight and bias. */
export interface EndToEndCase {
  readonly what: 'end-to-end';
  readonly activation: Activation;
  readonly temperature: number;
  readonly layersX: readonly DenseLayer[];
  readonly layersY: readonly DenseLayer[];
  readonly X: Rows;
  readonly Y: Rows;
  readonly value: number;
  readonly gradientsX: readonly DenseLayer[];
  readonly gradientsY: readonly DenseLayer[];
}

/** The penalty at given points, and its gradients (of the penalty, with its coefficient) with respect to every weight. */
export interface GradientPenaltyCase {
  readonly activation: Activation;
  readonly critic: 'separable' | 'bilinear';
  readonly temperature: number;
  readonly coefficient: number;
  readonly target: number;
  readonly sides: 'one' | 'two';
  readonly layersX: readonly DenseLayer[];
  readonly layersY: readonly DenseLayer[];
  readonly weights?: Rows;
  readonly pointsX: Rows;
  readonly pointsY: Rows;
  readonly value: number;
  readonly gradientsX: readonly DenseLayer[];
  readonly gradientsY: readonly DenseLayer[];
  readonly dWeights?: Rows;
}

/** The parameters after each step of an optimiser on given gradients of what is minimised. */
export interface OptimiserCase {
  readonly optimiser: 'sgd' | 'adam' | 'adamw';
  readonly learningRate: number;
  readonly momentum?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
  readonly start: readonly number[];
  readonly gradients: Rows;
  readonly trajectory: Rows;
}

/** A matrix, its singular values, its orthonormal polar factor, and two ways into the ball of spectral norm c. */
export interface SingularValuesCase {
  readonly W: Rows;
  readonly sigma: readonly number[];
  readonly polar: Rows;
  readonly c: number;
  readonly ballProjection: Rows;
  readonly scaled: Rows;
}

/** A converged probe: mean cross-entropy + (l2 / 2) |weights|², bias free (here with mean 0 over the classes). */
export interface LinearProbeCase {
  readonly X: Rows;
  readonly labels: readonly number[];
  readonly test: Rows;
  readonly l2: number;
  readonly weights: Rows;
  readonly bias: readonly number[];
  readonly crossEntropy: number;
  readonly objective: number;
  readonly trainAccuracy: number;
  readonly predictions: readonly number[];
}

/** Numbers in nested lists. */
export type Nested = number | readonly Nested[];

/** A convolution as channels, kernel, stride, padding. */
export type ConvolutionRow = readonly [channels: number, kernel: number, stride: number, padding: number];

/** Encoders of convolutions and dense layers: InfoNCE with the separable critic, and the penalty at the first pair. */
export interface ConvolutionsCase {
  readonly activation: string;
  readonly temperature: number;
  readonly coefficient: number;
  readonly target: number;
  /** Channels, height, width. */
  readonly imageX: readonly [number, number, number];
  readonly imageY: readonly [number, number, number];
  readonly convolutionsX: readonly ConvolutionRow[];
  readonly convolutionsY: readonly ConvolutionRow[];
  readonly widths: readonly number[];
  /** By name, in PyTorch's shapes. */
  readonly parameters: Readonly<Record<string, Nested>>;
  readonly X: Rows;
  readonly Y: Rows;
  readonly embeddingsX: Rows;
  readonly embeddingsY: Rows;
  readonly value: number;
  readonly gradients: Readonly<Record<string, Nested>>;
  readonly penalty: number;
  readonly penaltyGradients: Readonly<Record<string, Nested>>;
}

/** Optimal transport; `metric` is a metric on points, one on pairs, or the cost that is smoothed. */
export type TransportCase =
  | (WeightedCase & { readonly what: 'exact'; readonly metric: 'euclidean' | 'manhattan' })
  | {
      readonly what: 'dependency';
      readonly metric: 'sum' | 'l2';
      readonly x: Rows;
      readonly y: Rows;
      readonly value: number;
    }
  | (WeightedCase & {
      readonly what: 'entropic';
      readonly metric: 'euclidean' | 'squared-euclidean';
      readonly epsilon: number;
      readonly cost: number;
      readonly divergence: number;
      readonly divergenceCost: number;
    });

/** An adapter's ONNX model and what onnxruntime makes of vectors. */
export interface AdapterOnnxCase {
  readonly dims: number;
  readonly adapt: 'query' | 'document' | 'shared' | 'both';
  readonly rank: number | null;
  readonly from: number;
  /** What else the adapter is, as `drawnAdapter` takes it. */
  readonly more: Partial<HeadsShape>;
  readonly side: 'query' | 'document';
  /** The model, base64. */
  readonly onnx: string;
  readonly vectors: Rows;
  readonly adapted: Rows;
}

/** Maps M of x -> M x that bring rows of X near rows of Y: orthogonal, and by ridge regression. */
export interface ClosedFormsCase {
  readonly X: Rows;
  readonly Y: Rows;
  readonly strength: number;
  readonly procrustes: Rows;
  readonly ridge: Rows;
}

/** Rankings of graded documents by inner products or cosines, measured by trec_eval. */
export interface RetrievalCase {
  readonly queries: Rows;
  readonly documents: Rows;
  readonly queryIds: readonly string[];
  readonly documentIds: readonly string[];
  readonly qrels: readonly (readonly [query: string, document: string, grade: number])[];
  /** Vectors are small whole numbers, whose scores are exact and often equal. */
  readonly ties: boolean;
  readonly metric: 'cosine' | 'inner-product';
  readonly quantize: 'none' | 'int8' | 'binary';
  readonly truncate: number | null;
  readonly k: readonly number[];
  /** By query's id and metric's name. */
  readonly perQuery: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly firstRelevant: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Two samples, equally weighted where there are no weights, and the value of their transport. */
interface WeightedCase {
  readonly a: Rows;
  readonly b: Rows;
  readonly weightsA: readonly number[] | null;
  readonly weightsB: readonly number[] | null;
  readonly value: number;
}

/** Platt's logistic regression of relevance on scores. */
export interface CalibrationCase {
  readonly scores: readonly number[];
  readonly relevant: readonly number[];
  readonly slope: number;
  readonly intercept: number;
  readonly at: readonly number[];
  readonly probabilities: readonly number[];
}

/** The golden files by name, with the form of their cases. */
export interface GoldenFiles {
  readonly losses: LossCase;
  readonly encoders: EncoderCase | EndToEndCase;
  readonly 'gradient-penalty': GradientPenaltyCase;
  readonly optimisers: OptimiserCase;
  readonly 'singular-values': SingularValuesCase;
  readonly 'linear-probe': LinearProbeCase;
  readonly convolutions: ConvolutionsCase;
  readonly transport: TransportCase;
  readonly retrieval: RetrievalCase;
  readonly 'closed-forms': ClosedFormsCase;
  readonly 'adapter-onnx': AdapterOnnxCase;
  readonly calibration: CalibrationCase;
}

/** The golden file test/golden/`name`.json. */
export function readGolden<Name extends keyof GoldenFiles>(name: Name): Golden<GoldenFiles[Name]> {
  const text = readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8');
  return JSON.parse(text) as Golden<GoldenFiles[Name]>;
}

/** The pairing of a {@link LossCase}. */
export function goldenPairing({ G, H, positives, ids }: LossCase): Pairing {
  if (positives === null) return diagonalPairing(G.length, H.length);
  const own = positives.map((row) => row.map(([candidate, weight]) => ({ candidate, weight })));
  return pairing(own, H.length, ids ?? undefined);
}

import { OptionsError } from '../wasm/errors.js';
import { type Random, random, randomFromState } from '../wasm/random.js';
import {
  type Batch,
  type BatchOptions,
  checkedBatchSize,
  type Split,
  START,
  type SyncPairSource,
} from './pair-source.js';
import { streamSeed } from './seeds.js';

/** Correlated normal vectors. */
export interface GaussianPairsOptions {
  /** Numbers in x, and in y, from 1. */
  readonly dimensions: number;
  /** I(x; y) in nats, from 0. */
  readonly nats: number;
  /** Which of three streams that share no numbers. */
  readonly split: Split;
}

/** Nats a dimension: beyond, what parts x from y is lost in the rounding of single precision. */
const MOST_NATS = 14;

const SPLIT_STREAM = { train: 0x6a75, validation: 0x6a76, test: 0x6a77 } as const;

/**
 * The correlation of each of `dimensions` pairs of standard normal numbers that together share `nats`:
 * I = -(d / 2) ln(1 - ρ²), so that ρ = √(1 - e^(-2 I / d)).
 *
 * @throws {OptionsError} on dimensions that are no whole number from 1, or nats that are not from 0 to 14 a dimension
 */
export function gaussianCorrelation(dimensions: number, nats: number): number {
  if (!Number.isSafeInteger(dimensions) || dimensions < 1) {
    throw new OptionsError(`gaussians have a whole number of dimensions from 1, got ${dimensions}`);
  }
  if (!(nats >= 0 && nats <= MOST_NATS * dimensions)) {
    throw new OptionsError(
      `${dimensions} dimensions in single precision share from 0 to ${MOST_NATS * dimensions} nats, got ${nats}`,
    );
  }
  return Math.sqrt(-Math.expm1((-2 * nats) / dimensions));
}

/**
 * Pairs of standard normal vectors, y_i = ρ x_i + √(1 - ρ²) ε_i, drawn without end; their mutual information is known.
 *
 * @throws {OptionsError} on dimensions that are no whole number from 1, or nats that are not from 0 to 14 a dimension
 */
export function gaussianPairs({ dimensions, nats, split }: GaussianPairsOptions): SyncPairSource {
  const correlation = gaussianCorrelation(dimensions, nats);
  return {
    xDim: dimensions,
    yDim: dimensions,
    pairs: null,
    labelSizes: [],
    mutualInformation: nats,
    batches: (options) => {
      checkedBatchSize(options.batch, null);
      return drawBatches(dimensions, correlation, options, streamSeed(options.seed, SPLIT_STREAM[split]));
    },
  };
}

function* drawBatches(
  dimensions: number,
  correlation: number,
  { batch, from = START }: BatchOptions,
  seed: number,
): Generator<Batch> {
  const x = new Float32Array(batch * dimensions);
  const y = new Float32Array(batch * dimensions);
  const stream = from.random.length > 0 ? randomFromState(from.random) : random(seed);
  try {
    for (let batches = from.batches + 1; ; batches++) {
      drawPairs(stream, correlation, x, y);
      yield { size: batch, x, y, cursor: { ...START, batches, random: stream.state() } };
    }
  } finally {
    stream.dispose?.();
  }
}

function drawPairs(stream: Random, correlation: number, x: Float32Array, y: Float32Array): void {
  const rest = Math.sqrt(1 - correlation * correlation);
  for (let i = 0; i < x.length; i++) {
    x[i] = stream.normal();
    y[i] = correlation * x[i] + rest * stream.normal();
  }
}

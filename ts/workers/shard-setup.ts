import type { CoreOptions } from '../wasm/core.js';
import type { CoreLossSpec, LossGradients, LossInputs, LossReport } from '../wasm/loss.js';
import type { StepReport } from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { Counters, NamedTensor } from '../wasm/trainer-tensors.js';

/** All that a run goes on from. */
export interface ShardState {
  readonly tensors: readonly NamedTensor[];
  readonly counters: Counters;
}

/** How shards reach one another, and the caller them. */
export type Link =
  | {
      readonly kind: 'shared';
      /** What they exchange through. */
      readonly exchange: SharedArrayBuffer;
      /** Memory shared with the caller: places for batches, x and then y; none for a loss. */
      readonly places: readonly Float32Array[];
    }
  | {
      readonly kind: 'messages';
      /** A port to each other shard, null at the shard's own place. */
      readonly ports: readonly (MessagePort | null)[];
    };

/** What makes a shard. */
export interface ShardSetup {
  readonly spec: TrainerSpec;
  readonly options: CoreOptions;
  readonly index: number;
  readonly count: number;
  /** What it goes on from; null for a new run. */
  readonly state: ShardState | null;
  readonly link: Link;
}

/** A batch: its place in shared memory, or its numbers, x and then y. */
export type SentBatch = number | Float32Array;

/** What makes a shard of a loss. */
export interface LossShardSetup {
  readonly spec: CoreLossSpec;
  readonly index: number;
  readonly count: number;
  readonly link: Link;
}

/** What an evaluation found; gradients from the first shard, null where it wrote them to shared memory. */
export interface LossOutcome {
  readonly report: LossReport;
  readonly gradients: LossGradients | null;
}

/** What a worker with a shard offers over comlink. All shards are called alike, one call at a time. */
export interface ShardService {
  begin(setup: ShardSetup): Promise<void>;
  step(batch: SentBatch): Promise<StepReport>;
  /** The whole state, from the first shard; null from the others. */
  state(): Promise<ShardState | null>;
  beginLoss(setup: LossShardSetup): Promise<void>;
  /** Evaluates; `to` is where gradients go in shared memory, null where they are to be sent. */
  evaluate(temperature: number, inputs: LossInputs, to: LossGradients | null): Promise<LossOutcome>;
}

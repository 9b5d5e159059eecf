import type { Region } from '../wasm/shard.js';

/** Where a shard's regions lie. */
export type BytesOf = (region: Region) => Uint8Array;

/** Gives every shard the regions that the others computed. */
export interface Exchange {
  /**
   * Copies this shard's regions to the others and theirs to their places here. All shards call it with the same list but
   * for addresses; it is done when theirs are here.
   */
  gather(regions: readonly Region[], bytesOf: BytesOf): void | Promise<void>;
}

/** A stretch of the bytes of one owner's regions, end to end. */
export interface Stretch {
  /** The part of a region. */
  readonly bytes: Uint8Array;
  /** Where it stands, counted from the stretch's start. */
  readonly at: number;
}

/** The bytes that each of `count` owners has to give. */
export function lengths(regions: readonly Region[], count: number): readonly number[] {
  return Array.from({ length: count }, (_, owner) => lengthOf(regions, owner));
}

function lengthOf(regions: readonly Region[], owner: number): number {
  return regions.reduce((sum, region) => sum + (region.owner === owner ? region.bytes : 0), 0);
}

/** The pieces that make up bytes `from` to `from + length` of an owner's regions, end to end. */
export function stretches(
  regions: readonly Region[],
  owner: number,
  bytesOf: BytesOf,
  from = 0,
  length = Number.POSITIVE_INFINITY,
): readonly Stretch[] {
  const pieces: Stretch[] = [];
  let start = 0;
  for (const region of regions) {
    if (region.owner !== owner) continue;
    const [first, end] = [Math.max(0, from - start), Math.min(region.bytes, from + length - start)];
    if (first < end) pieces.push({ bytes: bytesOf(region).subarray(first, end), at: start + first - from });
    start += region.bytes;
  }
  return pieces;
}

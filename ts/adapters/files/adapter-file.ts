import { readSafetensors, type Tensor, writeSafetensors } from '../../data/safetensors.js';
import { CheckpointError } from '../../wasm/errors.js';
import { isCalibration } from '../calibration/calibration.js';
import { radiusOf } from '../heads/drift.js';
import { buildHead, type Head } from '../heads/head.js';
import { HEAD_KINDS, isHeadName } from '../heads/head-kinds.js';
import { ADAPTS, distinctHeads, type Heads, headsBySide, type Side, sizesOf } from '../heads/heads.js';
import { longestSeen } from '../heads/longest-seen.js';
import type { AdapterMetadata } from './adapter-metadata.js';
import { sha256 } from './sha256.js';
import { storedNumbers, storedTensors, type Weights } from './stored-weights.js';

const FORMAT = 'kantorovich-adapter 1';
/** What sums in other orders may add to a certified length, many times over. */
const ROUNDING = 1 + 1e-4;

/** Heads and what was said of them, as a safetensors file whose hash covers both. */
export function writeAdapter(heads: Heads, metadata: AdapterMetadata, weights: Weights): Uint8Array {
  const tensors = new Map(
    sides(heads).flatMap(([side, head]) =>
      storedTensors(head, weights, metadata.maxDrift).map(([name, tensor]) => [`${side}.${name}`, tensor] as const),
    ),
  );
  const description = JSON.stringify(metadata);
  return writeSafetensors(tensors, { format: FORMAT, adapter: description, hash: hashOf(description, tensors) });
}

/**
 * Reads what {@link writeAdapter} wrote.
 *
 * @throws {CheckpointError} on a file that is truncated, altered, or no adapter, or turns vectors by more than it says
 */
export function readAdapter(bytes: Uint8Array): StoredAdapter {
  const { tensors, metadata: texts } = readSafetensors(bytes);
  if (texts.format !== FORMAT) {
    throw new CheckpointError(`expected an adapter ('${FORMAT}'), found ${described(texts.format)}`);
  }
  const description = texts.adapter ?? '';
  const hash = hashOf(description, tensors);
  if (texts.hash !== hash) {
    throw new CheckpointError(`the adapter file was altered: its numbers hash to ${hash}, it says ${texts.hash}`);
  }
  return assembledAdapter(tensors, parsed(description));
}

/** An adapter, and what was said of it. */
export interface StoredAdapter {
  readonly heads: Heads;
  readonly metadata: AdapterMetadata;
}

/**
 * An adapter of its tensors, named by side and matrix, and of what describes it.
 *
 * @throws {CheckpointError} where they describe none, do not fit, or turn vectors by more than is said
 */
export function assembledAdapter(tensors: ReadonlyMap<string, Tensor>, description: unknown): StoredAdapter {
  const metadata = completedMetadata(description);
  if (!isMetadata(metadata))
    throw new CheckpointError('the adapter file describes no adapter: fields are missing or wrong');
  const heads = headsOf(tensors, metadata);
  if (metadata.maxDrift !== null) checkCertificate(heads, metadata.maxDrift);
  return { heads, metadata };
}

/** Refuses what is seen to turn vectors by more than the file says. */
function checkCertificate(heads: Heads, maxDrift: number): void {
  const most = radiusOf(maxDrift) * ROUNDING;
  for (const head of distinctHeads(heads)) {
    const seen = longestSeen(head);
    if (seen <= most) continue;
    throw new CheckpointError(
      `the adapter file says that no vector is turned by more than ${maxDrift} degrees, but adds ${seen} to one of length 1, expected at most ${most}`,
    );
  }
}

/** A shared map is kept once, as the query's. */
function sides({ query, document }: Heads): readonly (readonly [Side, Head])[] {
  return [
    ...(query === null ? [] : [['query', query] as const]),
    ...(document === null || document === query ? [] : [['document', document] as const]),
  ];
}

function hashOf(description: string, tensors: ReadonlyMap<string, Tensor>): string {
  const names = [...tensors.keys()].sort();
  const parts = names.map((name) => {
    const { dtype, shape, data } = tensors.get(name) ?? { dtype: '', shape: [], data: new Uint8Array() };
    const numbers = sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return `${name} ${dtype} ${shape.join('x')} ${numbers}`;
  });
  return sha256(new TextEncoder().encode([FORMAT, description, ...parts].join('\n')));
}

function headsOf(tensors: ReadonlyMap<string, Tensor>, metadata: AdapterMetadata): Heads {
  const read = new Set<string>();
  const heads = headsBySide(metadata.adapt, (side) =>
    buildHead(HEAD_KINDS[metadata.head], sizesOf(metadata, side), (name, rows, cols) =>
      storedNumbers(tensors, `${side}.${name}`, { rows, cols, used: (tensor) => read.add(tensor) }),
    ),
  );
  const unknown = [...tensors.keys()].find((name) => !read.has(name));
  if (unknown === undefined) return heads;
  throw new CheckpointError(`expected the tensors ${[...read].join(', ')}, found ${unknown} too`);
}

function parsed(description: string): unknown {
  try {
    return JSON.parse(description);
  } catch (error) {
    throw new CheckpointError('the adapter file describes no adapter: its description is no JSON', { cause: error });
  }
}

/** With what files before other kinds of heads, and before calibrations, leave out. */
function completedMetadata(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { dims, rank } = value as Record<string, unknown>;
  const added = {
    head: rank === null ? 'full' : 'low-rank',
    documentDims: dims,
    sizes: [dims],
    hidden: null,
    calibration: null,
  };
  const missing = Object.entries(added).filter(([name]) => !Object.hasOwn(value, name));
  return { ...value, ...Object.fromEntries(missing) };
}

function isMetadata(value: unknown): value is AdapterMetadata {
  if (typeof value !== 'object' || value === null) return false;
  const { model, prefix, normalisation, maxDrift, metrics, calibration } = value as Record<string, unknown>;
  const isText = (text: unknown) => text === null || typeof text === 'string';
  return (
    isShape(value as Record<string, unknown>) &&
    isText(model) &&
    isText(prefix) &&
    normalisation === 'l2' &&
    (maxDrift === null || (typeof maxDrift === 'number' && maxDrift > 0 && maxDrift < 90)) &&
    typeof metrics === 'object' &&
    metrics !== null &&
    Object.values(metrics).every((metric) => typeof metric === 'number') &&
    (calibration === null || isCalibration(calibration))
  );
}

function isShape({ adapt, head, dims, documentDims, sizes, rank, hidden }: Record<string, unknown>): boolean {
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && (size as number) >= 1;
  return (
    ADAPTS.some((known) => known === adapt) &&
    isHeadName(head) &&
    isSize(dims) &&
    isSize(documentDims) &&
    (rank === null || isSize(rank)) &&
    (hidden === null || isSize(hidden)) &&
    Array.isArray(sizes) &&
    sizes.length > 0 &&
    sizes.every((size, at) => isSize(size) && (at === 0 || size < sizes[at - 1])) &&
    // What is compared in the end has one size: what adds to a vector keeps its own, and so does a side left alone.
    (!HEAD_KINDS[head].isResidual || (sizes[0] === dims && documentDims === dims)) &&
    (adapt !== 'query' || sizes[0] === documentDims) &&
    (adapt !== 'document' || sizes[0] === dims) &&
    (adapt !== 'shared' || dims === documentDims)
  );
}

function described(format: string | undefined): string {
  return format === undefined ? 'a safetensors file of another origin' : `a file of format '${format}'`;
}

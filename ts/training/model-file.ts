import type { Tensor } from '../data/safetensors.js';
import { readSafetensors, writeSafetensors } from '../data/safetensors.js';
import type { PairStandardiser } from '../data/standardise.js';
import { CheckpointError } from '../wasm/errors.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';

/** What a file holds: a model to use, or a run to go on with. */
export type FileKind = 'model' | 'checkpoint' | 'encoder';

/** A model file's parts. */
export interface ModelFile {
  readonly kind: FileKind;
  readonly spec: TrainerSpec;
  readonly tensors: readonly NamedTensor[];
  readonly standardiser: PairStandardiser | null;
  /** What else a kind keeps, plain JSON. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/**
 * The formats there are; readers of the first don't know convolutions and groupsort, those of the second no encoders of
 * TensorFlow.js.
 */
const FORMATS = ['kantorovich 1', 'kantorovich 2', 'kantorovich 3'] as const;
const STANDARDISE = 'standardise.';

/** The file's bytes: safetensors, its description as metadata. */
export function writeModelFile({ kind, spec, tensors, standardiser, extra }: ModelFile): Uint8Array {
  const all = [...tensors, ...standardiserTensors(standardiser)];
  const entries = all.map(({ name, shape, data }): [string, Tensor] => [name, { dtype: 'F32', shape, data }]);
  const metadata = { format: formatOf(spec), kind, spec: JSON.stringify(spec), extra: JSON.stringify(extra) };
  return writeSafetensors(new Map(entries), metadata);
}

/**
 * Reads what {@link writeModelFile} wrote.
 *
 * @throws {CheckpointError} on bytes that are no such file, or one of another kind than `expected`
 */
export function readModelFile(bytes: Uint8Array, expected: FileKind): ModelFile {
  const { tensors, metadata } = readSafetensors(bytes);
  if (!FORMATS.some((format) => format === metadata.format)) {
    throw new CheckpointError(`expected a ${expected} of kantorovich, found a safetensors file of another origin`);
  }
  if (metadata.kind !== expected) throw new CheckpointError(`expected a ${expected}, found a ${metadata.kind}`);
  const named = [...tensors].map(([name, tensor]): NamedTensor => {
    if (tensor.dtype !== 'F32') throw new CheckpointError(`tensor ${name} is ${tensor.dtype}, expected F32`);
    return { name, shape: tensor.shape, data: tensor.data };
  });
  const spec = parseSpec(metadata.spec);
  return {
    kind: expected,
    spec,
    tensors: named.filter(({ name }) => !name.startsWith(STANDARDISE)),
    standardiser: readStandardiser(named, spec),
    extra: parseObject(metadata.extra, 'extra'),
  };
}

function standardiserTensors(standardiser: PairStandardiser | null): readonly NamedTensor[] {
  if (standardiser === null) return [];
  return (['x', 'y'] as const).flatMap((side) =>
    (['mean', 'scale'] as const).map((part) => {
      const data = standardiser[side][part];
      return { name: `${STANDARDISE}${side}.${part}`, shape: [data.length], data };
    }),
  );
}

/** All four tensors of the inputs' sizes, or none. */
function readStandardiser(tensors: readonly NamedTensor[], spec: TrainerSpec): PairStandardiser | null {
  const own = new Map(tensors.filter(({ name }) => name.startsWith(STANDARDISE)).map(({ name, data }) => [name, data]));
  if (own.size === 0) return null;
  const find = (side: 'x' | 'y', part: string): Float32Array => {
    const width = (side === 'x' ? spec.xWidths : (spec.yWidths ?? spec.xWidths))[0];
    const data = own.get(`${STANDARDISE}${side}.${part}`);
    if (data === undefined || data.length !== width) {
      throw new CheckpointError(
        `expected ${width} numbers in ${STANDARDISE}${side}.${part}, found ${data?.length ?? 'none'}`,
      );
    }
    return data;
  };
  const side = (name: 'x' | 'y') => ({ mean: find(name, 'mean'), scale: find(name, 'scale') });
  return { x: side('x'), y: side('y') };
}

function parseSpec(text: string | undefined): TrainerSpec {
  const spec = parseObject(text, 'spec');
  if (!isSpec(spec)) throw new CheckpointError('the file describes no model: its spec is incomplete');
  return spec;
}

/** The format that a model's description needs. */
export function formatOf({ xConvolutions, yConvolutions, activation, tfjs }: TrainerSpec): string {
  if (tfjs !== undefined) return FORMATS[2];
  const isPlain = xConvolutions === undefined && yConvolutions === undefined && activation !== 'groupsort';
  return FORMATS[isPlain ? 0 : 1];
}

function isSpec(spec: Readonly<Record<string, unknown>>): spec is Readonly<Record<string, unknown>> & TrainerSpec {
  const needed = [
    'objective',
    'critic',
    'xWidths',
    'yWidths',
    'activation',
    'lipschitz',
    'optimiser',
    'schedule',
    'batch',
  ];
  const convolutions = [spec.xConvolutions, spec.yConvolutions].filter((given) => given !== undefined);
  return needed.every((key) => key in spec) && convolutions.every(areConvolutions);
}

function areConvolutions(value: unknown): boolean {
  if (!isObject(value) || !isObject(value.image) || !Array.isArray(value.layers)) return false;
  const { channels, height, width, order } = value.image;
  const isLayer = (layer: unknown) =>
    isObject(layer) && [layer.channels, layer.kernel, layer.stride, layer.padding].every(Number.isSafeInteger);
  return (
    [channels, height, width].every(Number.isSafeInteger) &&
    [undefined, 'planes', 'pixels'].includes(order as string | undefined) &&
    value.layers.every(isLayer)
  );
}

function parseObject(text: string | undefined, name: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (isObject(value)) return value;
  } catch (error) {
    throw new CheckpointError(`the file's ${name} is no JSON`, { cause: error });
  }
  throw new CheckpointError(`the file's ${name} is no JSON object`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { joinFields, type ProtoField, protoBytes, protoFloat, protoNumber, protoText } from './protobuf.js';

const [IR_VERSION, OPSET, FLOAT, INT64] = [8, 13, 1, 7];
const [TYPE_FLOAT, TYPE_INT, TYPE_INTS] = [1, 2, 7];

/** A model in ONNX, of one input and one output, both float32 and with a first axis of any length. */
export interface OnnxModel {
  /** The graph's name. */
  readonly name: string;
  /** In the order in which they run. */
  readonly nodes: readonly ProtoField[];
  readonly tensors: readonly OnnxTensor[];
  readonly input: OnnxValue;
  readonly output: OnnxValue;
  /** What is said of the model: texts as they are, all else as JSON. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The name of an input or output, and its shape after the batch's axis. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A constant; whole numbers are written as int64. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | readonly number[];
}

/** Attributes of a node: whole numbers, lists of them, or a fraction where it is said to be one. */
export type OnnxAttributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

/**
 * The file's bytes, of IR version 8 with operators of version 13.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function writeOnnx({ name, nodes, tensors, input, output, metadata }: OnnxModel): Uint8Array {
  const graph = [
    ...nodes.map((node) => protoBytes(1, node)),
    protoText(2, name),
    ...tensors.map((tensor) => protoBytes(5, tensorFields(tensor))),
    protoBytes(11, valueFields(input)),
    protoBytes(12, valueFields(output)),
  ];
  const properties = Object.entries(metadata).map(([key, item]) =>
    protoBytes(14, protoText(1, key), protoText(2, typeof item === 'string' ? item : JSON.stringify(item))),
  );
  return joinFields([
    protoNumber(1, IR_VERSION),
    protoText(2, 'kantorovich'),
    protoBytes(7, ...graph),
    protoBytes(8, protoText(1, ''), protoNumber(2, OPSET)),
    ...properties,
  ]);
}

/** One operator's application. */
export function onnxNode(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: OnnxAttributes = {},
): ProtoField {
  return joinFields([
    ...inputs.map((input) => protoText(1, input)),
    ...outputs.map((output) => protoText(2, output)),
    protoText(4, operator),
    ...Object.entries(attributes).map(([name, value]) => protoBytes(5, attributeFields(name, value))),
  ]);
}

function attributeFields(name: string, value: OnnxAttributes[string]): ProtoField {
  if (typeof value === 'number')
    return joinFields([protoText(1, name), protoNumber(3, value), protoNumber(20, TYPE_INT)]);
  if ('float' in value)
    return joinFields([protoText(1, name), protoFloat(2, value.float), protoNumber(20, TYPE_FLOAT)]);
  return joinFields([protoText(1, name), ...value.map((one) => protoNumber(8, one)), protoNumber(20, TYPE_INTS)]);
}

function tensorFields({ name, shape, data }: OnnxTensor): ProtoField {
  const isFloat = data instanceof Float32Array;
  const numbers = isFloat ? data : BigInt64Array.from(data, BigInt);
  return joinFields([
    ...shape.map((side) => protoNumber(1, side)),
    protoNumber(2, isFloat ? FLOAT : INT64),
    protoText(8, name),
    protoBytes(9, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)),
  ]);
}

function valueFields({ name, shape }: OnnxValue): ProtoField {
  const sizes = [protoText(2, 'n'), ...shape.map((side) => protoNumber(1, side))];
  const type = protoBytes(1, protoNumber(1, FLOAT), protoBytes(2, ...sizes.map((size) => protoBytes(1, size))));
  return joinFields([protoText(1, name), protoBytes(2, type)]);
}

import { type Head, type HeadTensor, tensorsOf } from '../heads/head.js';
import { type Side, sizesOf } from '../heads/heads.js';
import { transposeInto } from '../heads/transpose.js';
import type { AdapterMetadata } from './adapter-metadata.js';
import { joinFields, type ProtoField, protoBytes, protoNumber, protoText } from './protobuf.js';

const [IR_VERSION, OPSET, FLOAT, INT] = [8, 13, 1, 2];

/**
 * A model in ONNX of one side: `vectors` (n x input, float32, any lengths but 0) to `adapted` (n x output, of length 1),
 * such as LpNormalization(Add(x, MatMul(x, Wᵀ))). The adapter's metadata are the model's, but
 * for the calibration, which is of scores.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function headOnnx(head: Head | null, side: Side, metadata: AdapterMetadata): Uint8Array {
  const { calibration, ...said } = metadata;
  const { input, output } = sizesOf(metadata, side);
  const { nodes, result } = head === null ? { nodes: [], result: 'vectors' } : headNodes(head);
  const graph = [
    ...[...nodes, normalisation(result, 'adapted')].map((one) => protoBytes(1, one)),
    protoText(2, `kantorovich adapter: ${side}`),
    ...(head === null ? [] : tensorsOf(head).map((tensor) => protoBytes(5, transposed(tensor)))),
    protoBytes(11, value('vectors', input)),
    protoBytes(12, value('adapted', head === null ? input : output)),
  ];
  const properties = Object.entries({ ...said, side }).map(([key, item]) =>
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

/** What comes before the last normalisation. */
function headNodes({ kind, layers }: Head): { readonly nodes: readonly ProtoField[]; readonly result: string } {
  const nodes: ProtoField[] = [];
  const add = (operator: string, inputs: readonly string[], output: string): string => {
    nodes.push(node(operator, inputs, output));
    return output;
  };
  // Without biases and bent functions a vector's length changes nothing.
  const isHomogeneous = layers.every(({ bias, activation }) => bias === null && activation === null);
  if (!isHomogeneous) nodes.push(normalisation('vectors', 'x'));
  const x = isHomogeneous ? 'vectors' : 'x';
  const mapped = layers.reduce((from, { weight: { name }, bias, activation }) => {
    const product = add('MatMul', [from, `${name}.T`], `${name}x`);
    const sum = bias === null ? product : add('Add', [product, `${bias.name}.T`], `${name}x+${bias.name}`);
    return activation === null ? sum : add(activation.onnx, [sum], `${name}a`);
  }, x);
  return { nodes, result: kind.isResidual ? add('Add', [x, mapped], 'sum') : mapped };
}

function normalisation(input: string, output: string): ProtoField {
  return node('LpNormalization', [input], output, [attribute('axis', 1), attribute('p', 2)]);
}

function node(operator: string, inputs: readonly string[], output: string, attributes: readonly ProtoField[] = []) {
  return joinFields([
    ...inputs.map((input) => protoText(1, input)),
    protoText(2, output),
    protoText(4, operator),
    ...attributes.map((one) => protoBytes(5, one)),
  ]);
}

function attribute(name: string, value: number): ProtoField {
  return joinFields([protoText(1, name), protoNumber(3, value), protoNumber(20, INT)]);
}

function transposed({ name, rows, cols, data }: HeadTensor): ProtoField {
  const turned = new Float32Array(data.length);
  transposeInto(turned, data, rows, cols);
  return joinFields([
    protoNumber(1, cols),
    protoNumber(1, rows),
    protoNumber(2, FLOAT),
    protoText(8, `${name}.T`),
    protoBytes(9, new Uint8Array(turned.buffer)),
  ]);
}

/** Rows of unknown number, of `dims` float32 numbers. */
function value(name: string, dims: number): ProtoField {
  const shape = protoBytes(2, protoBytes(1, protoText(2, 'n')), protoBytes(1, protoNumber(1, dims)));
  return joinFields([protoText(1, name), protoBytes(2, protoBytes(1, protoNumber(1, FLOAT), shape))]);
}

import type { AdapterMetadata } from './adapter-metadata.js';
import { joinFields, type ProtoField, protoBytes, protoNumber, protoText } from './protobuf.js';
import type { Residual, ResidualTensor } from './residual.js';
import { transposeInto } from './transpose.js';

const [IR_VERSION, OPSET, FLOAT, INT] = [8, 13, 1, 2];

/**
 * A model in ONNX of one side: `vectors` (n x dims, float32, any lengths but 0) to `adapted` (n x dims, of length 1), by
 * LpNormalization(Add(x, MatMul(x, Wᵀ))). The adapter's metadata are the model's.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function residualOnnx(residual: Residual | null, side: string, metadata: AdapterMetadata): Uint8Array {
  const { dims } = metadata;
  // A product for each factor, the last of W first: V, then U.
  const factors = [...(residual?.tensors ?? [])].reverse();
  const nodes: ProtoField[] = [];
  let from = 'vectors';
  for (const { name } of factors) {
    nodes.push(node('MatMul', [from, `${name}.T`], `${name}x`));
    from = `${name}x`;
  }
  if (factors.length > 0) nodes.push(node('Add', ['vectors', from], 'sum'));
  const normalised = factors.length > 0 ? 'sum' : 'vectors';
  nodes.push(node('LpNormalization', [normalised], 'adapted', [attribute('axis', 1), attribute('p', 2)]));
  const graph = [
    ...nodes.map((one) => protoBytes(1, one)),
    protoText(2, `kantorovich adapter: ${side}`),
    ...factors.map((factor) => protoBytes(5, transposed(factor))),
    protoBytes(11, value('vectors', dims)),
    protoBytes(12, value('adapted', dims)),
  ];
  const properties = Object.entries({ ...metadata, side }).map(([key, item]) =>
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

function transposed({ name, rows, cols, data }: ResidualTensor): ProtoField {
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

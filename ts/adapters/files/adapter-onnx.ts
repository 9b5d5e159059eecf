import { type OnnxTensor, onnxNode, writeOnnx } from '../../data/onnx/onnx-model.js';
import type { ProtoField } from '../../data/onnx/protobuf.js';
import { type Head, type HeadTensor, tensorsOf } from '../heads/head.js';
import { type Side, sizesOf } from '../heads/heads.js';
import { transposeInto } from '../heads/transpose.js';
import type { AdapterMetadata } from './adapter-metadata.js';

/**
 * A model in ONNX of one side: `vectors` (n x input, float32, any lengths but 0) to `adapted` (n x output, of length 1),
 * such as LpNormalization(Add(x, MatMul(x, Wᵀ))). The adapter's metadata are the model's, but
 * for the calibration, which is of scores.
 */
export function headOnnx(head: Head | null, side: Side, metadata: AdapterMetadata): Uint8Array {
  const { calibration, ...said } = metadata;
  const { input, output } = sizesOf(metadata, side);
  const { nodes, result } = head === null ? { nodes: [], result: 'vectors' } : headNodes(head);
  return writeOnnx({
    name: `kantorovich adapter: ${side}`,
    nodes: [...nodes, normalisation(result, 'adapted')],
    tensors: head === null ? [] : tensorsOf(head).map(transposed),
    input: { name: 'vectors', shape: [input] },
    output: { name: 'adapted', shape: [head === null ? input : output] },
    metadata: { ...said, side },
  });
}

/** What comes before the last normalisation. */
function headNodes({ kind, layers }: Head): { readonly nodes: readonly ProtoField[]; readonly result: string } {
  const nodes: ProtoField[] = [];
  const add = (operator: string, inputs: readonly string[], output: string): string => {
    nodes.push(onnxNode(operator, inputs, [output]));
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
  return onnxNode('LpNormalization', [input], [output], { axis: 1, p: 2 });
}

function transposed({ name, rows, cols, data }: HeadTensor): OnnxTensor {
  const turned = new Float32Array(data.length);
  transposeInto(turned, data, rows, cols);
  return { name: `${name}.T`, shape: [cols, rows], data: turned };
}

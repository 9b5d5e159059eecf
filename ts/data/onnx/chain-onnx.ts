import { type ShapedStep, shapedSteps } from '../../encoders/chain-shapes.js';
import type { Activation, ActivationName, ChainStep, ChainTensor, LayerChain } from '../../encoders/layer-chain.js';
import { type OnnxAttributes, type OnnxTensor, onnxNode, writeOnnx } from './onnx-model.js';
import type { ProtoField } from './protobuf.js';

/** ONNX's number of the type. */
const INT64 = 7;

/** What a graph is called, and what is said of it. */
export interface ChainOnnxNames {
  readonly name: string;
  /** The input: n samples. */
  readonly input: string;
  /** The output: n rows. */
  readonly output: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A graph while it is written: what it consists of so far. */
interface Graph {
  /** Adds an operator, and gives its result's name. */
  node(operator: string, inputs: readonly string[], attributes?: OnnxAttributes): string;
  /** Adds a constant, and gives its name. */
  constant(tensor: ChainTensor | readonly number[]): string;
  /** Adds an operator of two results, and gives the first one's name. */
  firstOf(operator: string, inputs: readonly string[], attributes: OnnxAttributes): string;
}

/**
 * An encoder as a model in ONNX, float32, of batches of any size.
 *
 * @throws {ShapeError} where layers do not fit
 */
export function chainOnnx(chain: LayerChain, { name, input, output, metadata }: ChainOnnxNames): Uint8Array {
  const nodes: ProtoField[] = [];
  const tensors: OnnxTensor[] = [];
  const result = () => `value${nodes.length}`;
  const graph: Graph = {
    node(operator, inputs, attributes = {}) {
      const made = result();
      nodes.push(onnxNode(operator, inputs, [made], attributes));
      return made;
    },
    firstOf(operator, inputs, attributes) {
      const made = result();
      nodes.push(onnxNode(operator, inputs, [made, `${made}.more`], attributes));
      return made;
    },
    constant(tensor) {
      const made = `constant${tensors.length}`;
      tensors.push('data' in tensor ? { name: made, ...tensor } : { name: made, shape: [tensor.length], data: tensor });
      return made;
    },
  };
  const last = shapedSteps(chain).reduce((from, shaped) => applied(graph, shaped, from), input);
  nodes.push(onnxNode('Identity', [last], [output]));
  return writeOnnx({
    name,
    nodes,
    tensors,
    input: { name: input, shape: chain.input },
    output: { name: output, shape: [chain.output] },
    metadata,
  });
}

function applied(graph: Graph, { step, input }: ShapedStep, x: string): string {
  const { node, constant } = graph;
  switch (step.step) {
    case 'standardise':
      return node('Mul', [node('Sub', [x, constant(step.mean)]), constant(step.scale)]);
    case 'reshape':
      return reshaped(graph, x, step.shape);
    case 'permute':
      return node('Transpose', [x], { perm: step.axes });
    case 'flatten':
      return node('Flatten', [x], { axis: 1 });
    case 'pad': {
      const [top, left, bottom, right] = step.padding;
      return node('Pad', [x, constant([0, 0, top, left, 0, 0, bottom, right])]);
    }
    case 'dense':
      return node('Gemm', [x, ...weights(graph, step)], { transB: 1 });
    case 'convolution':
      return node('Conv', [x, ...weights(graph, step)], {
        kernel_shape: step.weight.shape.slice(2),
        strides: step.stride,
        pads: step.padding,
        dilations: step.dilation,
        group: step.groups,
      });
    case 'normalise': {
      const { weight, bias, mean, variance, epsilon } = step;
      return node('BatchNormalization', [x, ...[weight, bias, mean, variance].map(constant)], {
        epsilon: { float: epsilon },
      });
    }
    case 'embedding':
      return node('Gather', [constant(step.weight), node('Cast', [x], { to: INT64 })]);
    case 'pool-sequence':
      return node(step.of === 'max' ? 'ReduceMax' : 'ReduceMean', [x], { axes: [1], keepdims: 0 });
    case 'pool':
      return pooled(graph, step, x);
    case 'activation':
      return activated(graph, step, x);
    case 'group-sort':
      return sorted(graph, step.size, input, x);
    default:
      return step satisfies never;
  }
}

function weights({ constant }: Graph, { weight, bias }: { weight: ChainTensor; bias: ChainTensor | null }) {
  return [constant(weight), ...(bias === null ? [] : [constant(bias)])];
}

/** A size of 0 is the input's own: n stays n, also where it is 0. */
function reshaped({ node, constant }: Graph, x: string, shape: readonly number[]): string {
  return node('Reshape', [x, constant([0, ...shape])]);
}

function pooled({ node }: Graph, { of, window }: Extract<ChainStep, { step: 'pool' }>, x: string): string {
  const operator = of === 'max' ? 'MaxPool' : 'AveragePool';
  if (window !== null) return node(operator, [x], { kernel_shape: window.size, strides: window.stride });
  return node('Flatten', [node(`Global${operator}`, [x])], { axis: 1 });
}

/** Sorts neighbours among features, or among the channels of a pixel: both are axis 1. */
function sorted(graph: Graph, size: number, shape: readonly number[], x: string): string {
  const [features = 0, ...rest] = shape;
  const groups = reshaped(graph, x, [features / size, size, ...rest]);
  const values = graph.firstOf('TopK', [groups, graph.constant([size])], { axis: 2 });
  return reshaped(graph, values, shape);
}

const OPERATORS: Readonly<Record<Exclude<ActivationName, 'swish' | 'relu6'>, string>> = {
  relu: 'Relu',
  'leaky-relu': 'LeakyRelu',
  elu: 'Elu',
  selu: 'Selu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  softplus: 'Softplus',
  softsign: 'Softsign',
  softmax: 'Softmax',
};

function activated({ node, constant }: Graph, { name, slope }: Activation, x: string): string {
  if (name === 'swish') return node('Mul', [x, node('Sigmoid', [x])]);
  if (name === 'relu6')
    return node('Clip', [x, ...[0, 6].map((end) => constant({ shape: [], data: Float32Array.of(end) }))]);
  const attributes: OnnxAttributes =
    slope !== undefined ? { alpha: { float: slope } } : name === 'softmax' ? { axis: 1 } : {};
  return node(OPERATORS[name], [x], attributes);
}

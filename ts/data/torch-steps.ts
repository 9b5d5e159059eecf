import { type ShapedStep, shapedSteps } from '../encoders/chain-shapes.js';
import type { ActivationName, Convolution, LayerChain } from '../encoders/layer-chain.js';
import { ShapeError } from '../wasm/errors.js';

/**
 * A step as PyTorch runs it: with an upper-case name a module of `torch.nn` and its arguments, which takes its weights
 * from the file; else a function of `torch.nn.functional`, or a method of tensors, and what it is given after the batch.
 */
export type TorchStep = readonly [name: string, ...parameters: readonly unknown[]];

/**
 * An encoder as the steps of the module in docs/tfjs.md, after standardisation, which that module does first.
 *
 * @throws {ShapeError} where layers do not fit, or where numbers are standardised between layers
 */
export function torchSteps(chain: LayerChain): readonly TorchStep[] {
  const [first] = chain.steps;
  const steps = shapedSteps(chain).filter(({ step }) => step.step !== 'standardise' || step !== first);
  return steps.flatMap(torchStep);
}

function torchStep({ step, input }: ShapedStep): readonly TorchStep[] {
  switch (step.step) {
    case 'standardise':
      throw new ShapeError(
        `${step.from} stands between layers: for PyTorch, numbers are standardised before all layers`,
      );
    case 'reshape':
      return [['reshape', -1, ...step.shape]];
    case 'permute':
      return [['permute', ...step.axes]];
    case 'flatten':
      return [['flatten', 1]];
    case 'pad':
      return [['pad', outwards(step.padding)]];
    case 'dense': {
      const [outputs, inputs] = step.weight.shape;
      return [['Linear', inputs, outputs, step.bias !== null]];
    }
    case 'convolution':
      return convolution(step);
    case 'normalise':
      return [[input.length === 1 ? 'BatchNorm1d' : 'BatchNorm2d', input[0], step.epsilon]];
    case 'embedding':
      return [['long'], ['Embedding', ...step.weight.shape]];
    case 'pool-sequence':
      return [[step.of === 'max' ? 'amax' : 'mean', [1]]];
    case 'pool': {
      if (step.window === null) return [[step.of === 'max' ? 'amax' : 'mean', [2, 3]]];
      return [[step.of === 'max' ? 'max_pool2d' : 'avg_pool2d', step.window.size, step.window.stride]];
    }
    case 'activation':
      return [[...FUNCTIONS[step.name], ...(step.slope === undefined ? [] : [step.slope])]];
    case 'group-sort':
      return sorted(step.size, input[0] ?? 0);
    default:
      return step satisfies never;
  }
}

const FUNCTIONS: Readonly<Record<ActivationName, TorchStep>> = {
  relu: ['relu'],
  relu6: ['relu6'],
  'leaky-relu': ['leaky_relu'],
  elu: ['elu'],
  selu: ['selu'],
  sigmoid: ['sigmoid'],
  tanh: ['tanh'],
  softplus: ['softplus'],
  softsign: ['softsign'],
  swish: ['silu'],
  softmax: ['softmax', 1],
};

/** PyTorch pads alike on opposite sides; other padding comes before. */
function convolution({ weight, bias, stride, padding, dilation, groups }: Convolution): readonly TorchStep[] {
  const [channels, own = 0, ...kernel] = weight.shape;
  const [top, left, bottom, right] = padding;
  const isSymmetric = top === bottom && left === right;
  const inside = isSymmetric ? [top, left] : [0, 0];
  const module = ['Conv2d', own * groups, channels, kernel, stride, inside, dilation, groups, bias !== null] as const;
  return isSymmetric ? [module] : [['pad', outwards(padding)], module];
}

/** From the last axis to the first, as `pad` has it. */
function outwards([top, left, bottom, right]: Convolution['padding']): readonly number[] {
  return [left, right, top, bottom];
}

/** By `msort`, which sorts along the first axis, the smallest first. */
function sorted(size: number, features: number): readonly TorchStep[] {
  return [
    ['unflatten', 1, [features / size, size]],
    ['neg'],
    ['movedim', 2, 0],
    ['msort'],
    ['movedim', 0, 2],
    ['neg'],
    ['flatten', 1, 2],
  ];
}

import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { shapedSteps } from '../../encoders/chain-shapes.js';
import type { ChainStep, ChainTensor, Convolution, Dense } from '../../encoders/layer-chain.js';
import { type EncoderSource, encoderChain } from '../../training/encoder-chain.js';
import type { Side } from '../../wasm/trainer.js';

import { GroupSort } from './group-sort.js';
import { convolutionKernel, denseKernel } from './kernels.js';
import { Standardise } from './standardise-layer.js';

type Layer = Sequential['layers'][number];

/** A layer that is still to be built, and what its weights will be. */
interface Planned {
  readonly layer: Layer;
  readonly weights: readonly ChainTensor[];
}

/**
 * One encoder of a native model as a LayersModel with the same outputs, its constraint applied: from the same rows, n x
 * numbers, to the same embeddings. It is a Sequential of standard layers, and of `GroupSort` and `Standardise` where the
 * model has maxmin, groupsort or standardised inputs; images are channels last inside. Its weights are copies.
 *
 * @throws {ShapeError} on a side that is neither x nor y
 */
export function toLayersModel(model: EncoderSource, side: Side): LayersModel {
  const chain = encoderChain(model, side);
  const planned = plannedLayers(shapedSteps(chain));
  const made = sequential({ name: `encoder_${side}` });
  made.add(layers.inputLayer({ inputShape: [...chain.input] }));
  for (const { layer, weights } of planned) {
    made.add(layer);
    tidy(() => layer.setWeights(weights.map(({ shape, data }): Tensor => tensor(data, [...shape]))));
  }
  return made;
}

type Shaped = ReturnType<typeof shapedSteps>[number];

function plannedLayers(shaped: readonly Shaped[]): readonly Planned[] {
  let flattened: readonly number[] | null = null;
  return shaped.flatMap(({ step, input }, at): readonly Planned[] => {
    switch (step.step) {
      case 'flatten':
        flattened = input;
        return [plain(layers.flatten())];
      case 'dense': {
        const planes = flattened;
        flattened = null;
        return [dense(step, planes)];
      }
      default:
        return plannedStep(step, shaped[at + 1]?.step);
    }
  });
}

function plannedStep(
  step: Exclude<ChainStep, { step: 'flatten' | 'dense' }>,
  next: ChainStep | undefined,
): readonly Planned[] {
  switch (step.step) {
    case 'standardise':
      return [{ layer: new Standardise({}), weights: [step.mean, step.scale] }];
    case 'reshape':
      return images(step.shape, next?.step === 'permute').map(plain);
    case 'convolution':
      return convolution(step);
    case 'group-sort':
      return [plain(new GroupSort({ size: step.size }))];
    case 'activation':
      return [plain(step.slope === undefined ? layers.reLU() : layers.leakyReLU({ alpha: step.slope }))];
    // Pixels are as TensorFlow has them; nothing else is of a native encoder.
    default:
      return [];
  }
}

const plain = (layer: Layer): Planned => ({ layer, weights: [] });

/** Rows as images, channels last. One channel's planes are its pixels. */
function images(shape: readonly number[], arePixels: boolean): readonly Layer[] {
  const [channels = 1, height = 1, width = 1] = shape;
  if (arePixels) return [layers.reshape({ targetShape: [...shape] })];
  if (channels === 1) return [layers.reshape({ targetShape: [height, width, 1] })];
  return [layers.reshape({ targetShape: [...shape] }), layers.permute({ dims: [2, 3, 1] })];
}

/** Zeros on every side are a layer of their own: "same" would put them elsewhere where strides are above 1. */
function convolution({ weight, bias, stride, padding }: Convolution): readonly Planned[] {
  const [filters = 1, , height = 1, width = 1] = weight.shape;
  const [top, left] = padding;
  const kernelSize: [number, number] = [height, width];
  const layer = layers.conv2d({ filters, kernelSize, strides: [...stride], padding: 'valid', useBias: bias !== null });
  const weights = [convolutionKernel(weight), ...(bias === null ? [] : [bias])];
  const isPadded = top > 0 || left > 0;
  return [...(isPadded ? [plain(layers.zeroPadding2d({ padding: [top, left] }))] : []), { layer, weights }];
}

function dense({ weight, bias }: Dense, planes: readonly number[] | null): Planned {
  const [units = 1] = weight.shape;
  const layer = layers.dense({ units, useBias: bias !== null });
  return { layer, weights: [denseKernel(weight, planes), ...(bias === null ? [] : [bias])] };
}

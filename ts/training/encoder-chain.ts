import type { PairStandardiser } from '../data/standardise.js';
import type { Activation as NativeActivation } from '../encoders/encoder.js';
import { checkActivation } from '../encoders/encoder.js';
import type { Activation, ChainStep, ChainTensor, GroupSort, LayerChain } from '../encoders/layer-chain.js';
import { TO_PLANES } from '../encoders/layer-chain.js';
import { checkParts } from '../wasm/check-parts.js';
import { CheckpointError, OptionsError, ShapeError } from '../wasm/errors.js';
import { shown } from '../wasm/shown.js';
import type { Side } from '../wasm/trainer.js';
import type { TrainerSpec } from '../wasm/trainer-spec.js';
import type { NamedTensor } from '../wasm/trainer-tensors.js';

/** The parts of a model that its encoders are known by. */
export interface EncoderSource {
  readonly spec: TrainerSpec;
  readonly standardiser: PairStandardiser | null;
  /** Parameters with the constraint applied. */
  tensors(): readonly NamedTensor[];
}

/** What leaky ReLUs of the core multiply numbers below 0 by: `LEAKY_SLOPE` of crates/encoders. */
export const LEAKY_SLOPE = 0.01;

/** The activations of encoders as steps. */
export const ACTIVATION_STEPS: Readonly<Record<NativeActivation, Activation | GroupSort>> = {
  relu: { step: 'activation', name: 'relu' },
  'leaky-relu': { step: 'activation', name: 'leaky-relu', slope: LEAKY_SLOPE },
  maxmin: { step: 'group-sort', size: 2 },
  groupsort: { step: 'group-sort', size: 4 },
};

/**
 * One of a model's encoders as steps, with the constraint applied; it takes rows as they are, before standardisation.
 *
 * @throws {ShapeError} on a side that is neither x nor y
 * @throws {OptionsError} on what is no model, and on encoders that are TensorFlow.js's
 */
export function encoderChain(model: EncoderSource, side: Side): LayerChain {
  checkParts(model, { spec: 'object', tensors: 'function' }, 'model', 'a model of fit or loadModel');
  checkSide(side);
  const { spec, standardiser, tensors } = model;
  if (spec.tfjs !== undefined) {
    throw new OptionsError(
      "this model's encoders are TensorFlow.js's: export what layersFromRows gives, by layersToONNX and layersToSafetensors, all of 'kantorovich/tfjs'",
    );
  }
  const own = side === 'y' && spec.yWidths !== null ? 'y' : 'x';
  const widths = own === 'y' && spec.yWidths !== null ? spec.yWidths : spec.xWidths;
  const input = widths[0] ?? 0;
  const given = standardiser?.[side];
  const statistics = (data: Float32Array): ChainTensor => ({ shape: [data.length], data });
  return {
    input: [input],
    output: widths.at(-1) ?? 0,
    steps: [
      ...(given === undefined
        ? []
        : [
            {
              step: 'standardise' as const,
              from: 'standardisation',
              mean: statistics(given.mean),
              scale: statistics(given.scale),
            },
          ]),
      ...layerSteps(spec, own, encoderTensors(tensors(), own)),
    ],
  };
}

/** @throws {ShapeError} on a side that is neither x nor y */
export function checkSide(side: Side): void {
  if (side !== 'x' && side !== 'y') throw new ShapeError(`a model has encoders of x and y, not of ${shown(side)}`);
}

/** A side's tensors, by their names in its encoder. */
function encoderTensors(tensors: readonly NamedTensor[], side: Side): ReadonlyMap<string, NamedTensor> {
  // A shared encoder's tensors name no side.
  const prefix = [`encoder.${side}.`, 'encoder.'].find((start) => tensors.some(({ name }) => name.startsWith(start)));
  const own = tensors.filter(({ name }) => prefix !== undefined && name.startsWith(prefix));
  return new Map(own.map((tensor) => [tensor.name.slice(prefix?.length), tensor]));
}

function layerSteps(spec: TrainerSpec, side: Side, tensors: ReadonlyMap<string, NamedTensor>): readonly ChainStep[] {
  const convolutions = side === 'x' ? spec.xConvolutions : spec.yConvolutions;
  const widths = side === 'y' && spec.yWidths !== null ? spec.yWidths : spec.xWidths;
  const activation = ACTIVATION_STEPS[checkActivation(spec.activation)];
  const layers = convolutions?.layers ?? [];
  const steps: ChainStep[] = convolutions === undefined ? [] : [...imageSteps(convolutions.image)];
  const weights = (at: number) => ({
    weight: found(tensors, `${at}.weight`),
    bias: spec.bias ? found(tensors, `${at}.bias`) : null,
  });
  layers.forEach(({ stride, padding }, at) => {
    const from = `convolution ${at}`;
    steps.push({
      step: 'convolution',
      from,
      ...weights(at),
      stride: [stride, stride],
      padding: [padding, padding, padding, padding],
      dilation: [1, 1],
      groups: 1,
    });
    steps.push({ from, ...activation });
  });
  if (layers.length > 0) steps.push({ step: 'flatten', from: 'the first dense layer' });
  const dense = widths.length - 1;
  for (let at = 0; at < dense; at++) {
    const from = `dense layer ${at}`;
    steps.push({ step: 'dense', from, ...weights(layers.length + at) });
    if (at < dense - 1) steps.push({ from, ...activation });
  }
  return steps;
}

function imageSteps({
  channels,
  height,
  width,
  order = 'planes',
}: NonNullable<TrainerSpec['xConvolutions']>['image']): readonly ChainStep[] {
  const from = 'the images';
  if (order === 'planes') return [{ step: 'reshape', from, shape: [channels, height, width] }];
  return [
    { step: 'reshape', from, shape: [height, width, channels] },
    { step: 'permute', from, axes: TO_PLANES },
  ];
}

function found(tensors: ReadonlyMap<string, NamedTensor>, name: string): ChainTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new CheckpointError(`the model has no tensor ${name} of its encoder`);
  return { shape: tensor.shape, data: tensor.data };
}

import { tensor1d, tidy } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { checkSide } from '../../training/encoder-chain.js';
import { checkParts } from '../../wasm/check-parts.js';
import { OptionsError } from '../../wasm/errors.js';
import type { Side } from '../../wasm/trainer.js';
import { isLayersModel } from '../check-layers-model.js';
import { layersWithin } from '../inner-layers.js';
import type { TfjsModel } from '../training/model.js';
import { Standardise } from './standardise-layer.js';

const PARTS = { encoders: 'object', spec: 'object' } as const;

/**
 * One encoder of a model that fit of `kantorovich/tfjs` trained, with what its run did to rows before: a LayersModel from
 * rows of numbers, standardised and shaped to images where the run's were, to embeddings, ready for `save`, `layersToONNX`
 * and `layersToSafetensors`. It shares the encoder's weights.
 *
 * @throws {OptionsError} on an encoder that is a function of tensors, and on what is no model of `kantorovich/tfjs`
 * @throws {ShapeError} on a side that is neither x nor y
 */
export function layersFromRows(model: TfjsModel, side: Side): LayersModel {
  checkParts(
    model,
    PARTS,
    'model',
    "a model of fit or loadModel of 'kantorovich/tfjs' (toLayersModel takes native ones)",
  );
  checkSide(side);
  const { encoders, spec, standardiser } = model;
  const encoder = encoders[side];
  const described = side === 'y' ? (spec.tfjs?.y ?? spec.tfjs?.x) : spec.tfjs?.x;
  if (described === undefined || !isLayersModel(encoder)) {
    throw new OptionsError(`the encoder of ${side} is a function of tensors: only LayersModels can be exchanged`);
  }
  const { inputShape, planes } = described;
  const width = inputShape.reduce((product, size) => product * size, 1);
  const free = freeNames(encoder);
  const made = sequential({ name: free(`encoder_${side}`) });
  made.add(layers.inputLayer({ inputShape: [width], name: free('rows') }));
  const statistics = standardiser?.[side];
  if (statistics !== undefined) {
    const layer = new Standardise({ name: free('standardise') });
    made.add(layer);
    tidy(() => layer.setWeights([tensor1d(statistics.mean), tensor1d(statistics.scale)]));
  }
  const [height = 1, columns = 1, channels = 1] = inputShape;
  if (planes) {
    made.add(layers.reshape({ targetShape: [channels, height, columns], name: free('planes') }));
    made.add(layers.permute({ dims: [2, 3, 1], name: free('channels_last') }));
  } else if (inputShape.length > 1) {
    made.add(layers.reshape({ targetShape: [...inputShape], name: free('samples') }));
  }
  made.add(encoder);
  return made;
}

/** Names that no layer of a model has: by their layers' names files tell weights apart. */
function freeNames(model: LayersModel): (name: string) => string {
  const taken = new Set(layersWithin([model]).map(({ name }) => name));
  return (name) => {
    let free = name;
    for (let count = 1; taken.has(free); count++) free = `${name}_${count}`;
    taken.add(free);
    return free;
  };
}

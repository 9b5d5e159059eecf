import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { firstDifference } from '../../training/first-difference.js';
import { readModelFile } from '../../training/model-file.js';
import { checkOptions, type KnownOptions } from '../../wasm/check-options.js';
import type { CoreOptions } from '../../wasm/core.js';
import { CheckpointError } from '../../wasm/errors.js';
import type { Side } from '../../wasm/trainer.js';
import type { TfjsEncoder, TfjsEncoders, TrainerSpec } from '../../wasm/trainer-spec.js';
import { type Encoders, encodersOf } from './encoder.js';
import { modelOver, type TfjsModel } from './model.js';
import { type OpenEncoder, openEncoder } from './open-encoder.js';
import { describedEncoders, rebuiltEncoders } from './rebuilt-encoders.js';
import type { OpenEncoders } from './trainer.js';

/** What {@link loadModel} can be told. */
export interface LoadModelOptions extends CoreOptions {
  /**
   * What takes up the parameters: needed where they were of functions, which no file holds. Default LayersModels made
   * anew, which `dispose` of the model frees.
   */
  readonly encoder?: Encoders;
}

const KNOWN: KnownOptions<LoadModelOptions> = { encoder: true, deterministic: true };

/**
 * Reads the file of a model that fit of `kantorovich/tfjs` trained. Layers of classes of one's own must be registered
 * with TensorFlow.js.
 *
 * @throws {CheckpointError} on bytes that are no model, damaged, of native encoders or of others than those given
 * @throws {OptionsError} where functions are needed and not given
 */
export async function loadModel(bytes: Uint8Array, options: LoadModelOptions = {}): Promise<TfjsModel> {
  checkOptions(options, KNOWN, 'loadModel');
  const parts = readModelFile(bytes, 'model');
  const described = describedEncoders(parts.spec);
  const made: LayersModel[] = [];
  try {
    const encoders =
      options.encoder === undefined ? await rebuiltEncoders(described, made) : encodersOf(options.encoder);
    const model = modelOver(parts, encoders, openedAs(parts.spec, described, encoders), options);
    return made.length === 0 ? model : owning(model, made);
  } catch (error) {
    made.forEach(disposeWhole);
    throw error;
  }
}

/** The encoders opened as the file's were, which they must be alike. */
function openedAs(spec: TrainerSpec, { x, y }: TfjsEncoders, encoders: TfjsModel['encoders']): OpenEncoders {
  if ((encoders.x === encoders.y) !== (y === null)) {
    throw new CheckpointError(
      `this model has ${y === null ? 'one encoder for both sides' : 'an encoder for each side'}`,
    );
  }
  const open = (side: Side, described: TfjsEncoder, widths: readonly number[]): OpenEncoder => {
    const opened = openEncoder(encoders[side], { side, size: widths[0] ?? 0, read: () => described });
    const found = firstDifference(
      { topology: described.topology, widths },
      { topology: opened.spec.topology, widths: opened.widths },
    );
    if (found === null) return opened;
    const [was, is] = [JSON.stringify(found.before), JSON.stringify(found.after)];
    throw new CheckpointError(`the file's encoder of ${side} has ${found.path} ${was}, the one given has ${is}`);
  };
  return { x: open('x', x, spec.xWidths), y: y === null ? null : open('y', y, spec.yWidths ?? []) };
}

/** The model, whose `dispose` frees its encoders too. */
function owning(model: TfjsModel, encoders: readonly LayersModel[]): TfjsModel {
  let isDisposed = false;
  const dispose = (): void => {
    model.dispose();
    if (!isDisposed) encoders.forEach(disposeWhole);
    isDisposed = true;
  };
  return { ...model, dispose, [Symbol.dispose]: dispose };
}

/** TensorFlow.js counts the uses of a layer, and keeps one that was used more than once, or stands in a nested model. */
function disposeWhole(encoder: LayersModel): void {
  const variables = encoder.weights.map((weight) => weight.read() as Variable);
  encoder.dispose();
  for (const variable of variables) if (!variable.isDisposed) variable.dispose();
}

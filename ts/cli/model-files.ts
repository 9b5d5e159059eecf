import type { TfjsModel } from '../tfjs/training/model.js';
import { readCheckpoint } from '../training/checkpoint.js';
import type { FitResult } from '../training/fit.js';
import type { FitOptions } from '../training/fit-options.js';
import { loadModel as loadNative, type Model } from '../training/model.js';
import { readModelFile } from '../training/model-file.js';
import { OptionsError } from '../wasm/errors.js';
import type { TrainSettings } from './commands/train-options.js';
import { openTfjs, type TfjsSetting } from './open-tfjs.js';

/**
 * Whether a run's encoders are files of TensorFlow.js.
 *
 * @throws {OptionsError} where only one of them is
 */
export function areModelFiles({ encoder, encoderY = encoder }: Pick<TrainSettings, 'encoder' | 'encoderY'>): boolean {
  const [x, y] = [encoder, encoderY].map(isModelFile);
  if (x === y) return x === true;
  throw new OptionsError(`both encoders are models of TensorFlow.js or none is: got ${encoder} and ${encoderY}`);
}

/** Whether an encoder is named by a file of TensorFlow.js. */
export function isModelFile(encoder: string): boolean {
  return /\.json$/i.test(encoder);
}

/**
 * `fit` with the models of files, in place of the encoders in `options`; where the run goes on, with those of its
 * checkpoint.
 *
 * @throws {FileError} where a file cannot be read, {@link CheckpointError} where it holds no model
 * @throws {DataError} where a package is missing
 */
export async function fitModelFiles(
  options: FitOptions,
  { encoder: xFile, encoderY: yFile = xFile, shared = false }: TrainSettings,
  setting: TfjsSetting,
): Promise<FitResult> {
  await openTfjs(setting);
  const [{ fit }, { readLayersModel }, { describedEncoders, rebuiltEncoders }] = await Promise.all([
    import('../tfjs/training/fit.js'),
    import('../tfjs/exchange/file-handler.js'),
    import('../tfjs/training/rebuilt-encoders.js'),
  ]);
  const read = async () => {
    const x = await readLayersModel(xFile);
    return { x, y: shared ? x : await readLayersModel(yFile) };
  };
  const { encoder: _, shared: __, ...run } = options;
  const { resume } = run;
  const { x, y } =
    resume === undefined ? await read() : await rebuiltEncoders(describedEncoders(readCheckpoint(resume).spec));
  return fit({ ...run, encoder: x === y ? x : { x, y } });
}

/**
 * The model of a file, whatever its encoders.
 *
 * @throws {CheckpointError} on bytes that are no model
 * @throws {DataError} where its encoders are TensorFlow.js's, and a package is missing
 */
export async function loadAnyModel(bytes: Uint8Array, setting: TfjsSetting): Promise<Model | TfjsModel> {
  if (readModelFile(bytes, 'model').spec.tfjs === undefined) return loadNative(bytes);
  await openTfjs(setting);
  const { loadModel } = await import('../tfjs/training/load-model.js');
  return loadModel(bytes);
}

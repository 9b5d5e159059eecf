import { type LayersModel, models } from '@tensorflow/tfjs-layers';
import { CheckpointError, OptionsError } from '../../wasm/errors.js';
import type { Side } from '../../wasm/trainer.js';
import type { TfjsEncoder, TfjsEncoders, TrainerSpec } from '../../wasm/trainer-spec.js';

/**
 * Encoders as a file describes them.
 *
 * @throws {CheckpointError} where they are the core's, or the file is damaged
 */
export function describedEncoders({ tfjs }: TrainerSpec): TfjsEncoders {
  if (tfjs === undefined) {
    throw new CheckpointError("this model's encoders are the core's: load it with loadModel from 'kantorovich'");
  }
  if ([tfjs.x, ...(tfjs.y === null ? [] : [tfjs.y])].every(isDescribed)) return tfjs;
  throw new CheckpointError("the file's encoders are incomplete: each has a topology, an inputShape and planes");
}

function isDescribed(encoder: unknown): boolean {
  if (typeof encoder !== 'object' || encoder === null) return false;
  const { topology, inputShape, planes } = encoder as Partial<Record<keyof TfjsEncoder, unknown>>;
  return (
    typeof topology === 'object' &&
    Array.isArray(inputShape) &&
    inputShape.every((length) => Number.isSafeInteger(length) && length > 0) &&
    typeof planes === 'boolean'
  );
}

/**
 * Models of the topologies that a file describes, whose weights are still to be taken up.
 *
 * @param made each is put there at once, so that it can be disposed of where the next one fails
 * @throws {OptionsError} where one was a function
 * @throws {CheckpointError} where TensorFlow.js cannot make one
 */
export async function rebuiltEncoders(
  { x, y }: TfjsEncoders,
  made: LayersModel[] = [],
): Promise<Readonly<Record<Side, LayersModel>>> {
  const make = async ({ topology }: TfjsEncoder, side: Side): Promise<LayersModel> => {
    if (topology === null) {
      throw new OptionsError(`the encoder of ${side} was a function: give it to loadModel, { encoder }, once more`);
    }
    const model = await modelOf(topology, side);
    made.push(model);
    return model;
  };
  const ofX = await make(x, 'x');
  return { x: ofX, y: y === null ? ofX : await make(y, 'y') };
}

async function modelOf(topology: NonNullable<TfjsEncoder['topology']>, side: Side): Promise<LayersModel> {
  try {
    return await models.modelFromJSON(topology as Parameters<typeof models.modelFromJSON>[0]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(`TensorFlow.js cannot make the encoder of ${side}: ${reason}`, { cause: error });
  }
}

import { parseImageShape } from '../../encoders/image-shape.js';
import { needsLipschitz } from '../../objectives/objective.js';
import { RUN_OPTIONS, type RunOptions, runSpec } from '../../training/fit-options.js';
import { checkOptions, type KnownOptions } from '../../wasm/check-options.js';
import { OptionsError, ShapeError } from '../../wasm/errors.js';
import type { Side } from '../../wasm/trainer.js';
import type { ImageShape, TrainerSpec } from '../../wasm/trainer-spec.js';
import { type Encoders, encodersOf } from './encoder.js';
import { inputRows, type Taken } from './input-rows.js';
import { openEncoder } from './open-encoder.js';
import type { OpenEncoders } from './trainer.js';

/** Everything that fit with encoders of TensorFlow.js can be told. */
export interface TfjsFitOptions extends RunOptions {
  /** What is trained, in place: a model for both sides, or one each. */
  readonly encoder: Encoders;
  /**
   * The images that rows hold, `3x32x32`, channels x height x width, or an {@link ImageShape}: planes are turned where an
   * encoder has channels last; one that takes images of other sizes is refused. Default what `pairs` says, else rows are reshaped as they are.
   */
  readonly imageShape?: string | ImageShape | { readonly x: string | ImageShape; readonly y: string | ImageShape };
}

const KNOWN: KnownOptions<TfjsFitOptions> = { ...RUN_OPTIONS, encoder: true, imageShape: true };

/** What a model of TensorFlow.js brings itself. */
const NATIVE: Readonly<Record<string, string>> = {
  activation: 'the layers have their own',
  bias: 'the layers say themselves whether they have one',
  initialisation: 'the layers have their own',
  shared: 'one encoder, not { x, y }, is shared',
};

const NO_LAGRANGIAN =
  "lipschitz: 'lagrangian' is for native encoders: with those of TensorFlow.js take the gradient penalty or a projection";

/**
 * The description of a run, and its encoders.
 *
 * @throws {OptionsError} on unknown options, those of native encoders among them, and values out of range
 * @throws {ShapeError} on encoders that do not take what `pairs` give
 */
export function tfjsRun(options: TfjsFitOptions): { readonly spec: TrainerSpec; readonly encoders: OpenEncoders } {
  const native = Object.keys(NATIVE).find((name) => Object.hasOwn(Object(options), name));
  if (native !== undefined) {
    throw new OptionsError(`fit of 'kantorovich/tfjs' takes no ${native}: ${NATIVE[native]}`);
  }
  checkOptions(options, KNOWN, 'fit');
  let encoders: OpenEncoders | undefined;
  const spec = runSpec(
    options,
    (objective) => (needsLipschitz(objective) ? 'gradient-penalty' : 'none'),
    ({ name }) => {
      if (name === 'lagrangian') throw new OptionsError(NO_LAGRANGIAN);
      encoders = openEncoders(options);
      return encoderSpec(encoders);
    },
  );
  return { spec, encoders: encoders ?? openEncoders(options) };
}

/** Encoders of one layer, whose widths the core sees, and TensorFlow.js's own. */
function encoderSpec({ x, y }: OpenEncoders) {
  return {
    xWidths: x.widths,
    yWidths: y?.widths ?? null,
    activation: 'relu',
    bias: false,
    initialisation: 'he',
    tfjs: { x: x.spec, y: y?.spec ?? null },
  };
}

function openEncoders({ pairs, encoder, imageShape }: TfjsFitOptions): OpenEncoders {
  const { x, y } = encodersOf(encoder);
  const rows = (side: Side) => {
    const [size, known] = side === 'x' ? [pairs.xDim, pairs.xShape] : [pairs.yDim, pairs.yShape];
    const image = imageOf(imageShape, side) ?? known;
    return { side, size, read: (takes: Taken) => inputRows(side, size, takes, image) };
  };
  const opened = { x: openEncoder(x, rows('x')), y: openEncoder(y, rows('y')) };
  if (x !== y) return opened;
  const [ofX, ofY] = [opened.x.spec, opened.y.spec];
  if (ofX.planes !== ofY.planes) {
    throw new ShapeError(
      'one encoder for both sides needs rows of one kind: those of x and y hold images in another order',
    );
  }
  if (`${ofX.inputShape}` !== `${ofY.inputShape}`) {
    throw new ShapeError(
      `one encoder for both sides needs rows of one kind: it would take those of x as [${ofX.inputShape}] and those of y as [${ofY.inputShape}]`,
    );
  }
  return { ...opened, y: null };
}

function imageOf(given: TfjsFitOptions['imageShape'], side: Side): ImageShape | undefined {
  const own = typeof given === 'object' && given !== null && 'x' in given ? given[side] : given;
  return typeof own === 'string' ? parseImageShape(own) : own;
}

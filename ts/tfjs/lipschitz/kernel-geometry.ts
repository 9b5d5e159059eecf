import { checkOptions } from '../../wasm/check-options.js';
import { OptionsError, ShapeError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';

/** How a convolution takes its patches; either a number for all axes of the image or a number an axis. */
export interface KernelGeometry {
  /** Default 1, whose bound holds for every stride. */
  readonly strides?: number | readonly number[];
  /** Default 1, whose bound holds for every dilation. */
  readonly dilationRate?: number | readonly number[];
  /** Positions of a patch along each axis; at most as many patches as there are positions share a pixel. */
  readonly positions?: readonly number[];
}

/**
 * The norm of taking patches, the root of the most patches that share one pixel: with it times the spectral norm of its
 * kernel as a matrix of patch x channels, a convolution's own norm is bounded, whatever the image's size and the zeros
 * around it. 1 for the kernel of a dense layer, [inputs, units].
 *
 * @param shape the kernel's: [...sides, channels in, channels out]
 * @throws {ShapeError} on what is no shape of two axes or more
 * @throws {OptionsError} on unknown options, and on strides, dilations or positions that are no whole numbers
 * from 1, or not one an axis
 */
export function patchOverlap(shape: readonly number[], geometry: KernelGeometry = {}): number {
  if (!Array.isArray(shape) || shape.length < 2 || !shape.every(isWhole)) {
    throw new ShapeError(`a kernel's shape is two sizes or more, such as [3, 3, 8, 16], got ${shown(shape)}`);
  }
  checkOptions(geometry, { strides: true, dilationRate: true, positions: true }, 'patchOverlap');
  const sides = shape.slice(0, -2);
  const strides = perAxis(geometry.strides ?? 1, sides.length, 'strides');
  const dilations = perAxis(geometry.dilationRate ?? 1, sides.length, 'dilationRate');
  const positions = perAxis(geometry.positions ?? sides, sides.length, 'positions');
  const shared = sides.map((side, axis) => {
    // Places of the kernel that can meet one pixel lie stride / gcd(stride, dilation) apart.
    const step = strides[axis] / greatestCommonDivisor(strides[axis], dilations[axis]);
    return Math.min(Math.ceil(side / step), positions[axis]);
  });
  return Math.sqrt(shared.reduce((product, patches) => product * patches, 1));
}

function perAxis(given: number | readonly number[], axes: number, what: string): readonly number[] {
  const values = typeof given === 'number' ? new Array<number>(axes).fill(given) : given;
  const whole = Array.isArray(values) && values.every(isWhole);
  // A dense kernel has no axis to stride over.
  if (whole && (values.length === axes || axes === 0)) return values;
  throw new OptionsError(
    `${what} must be a whole number from 1, or one for each of the ${axes} axes, got ${shown(given)}`,
  );
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

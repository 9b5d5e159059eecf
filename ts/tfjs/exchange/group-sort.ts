import {
  add,
  cast,
  customGrad,
  greater,
  mul,
  reshape,
  serialization,
  stack,
  sub,
  type Tensor,
  tidy,
  unstack,
  zeros,
} from '@tensorflow/tfjs-core';
import { layers, type Shape } from '@tensorflow/tfjs-layers';
import { checkObject } from '../../wasm/check-options.js';
import { OptionsError, ShapeError } from '../../wasm/errors.js';
import { shown } from '../../wasm/shown.js';
import type { LayerArgs } from './layer-path.js';
import { lastAxis, onlyTensor } from './only-input.js';

/** What a {@link GroupSort} is told. */
export type GroupSortArgs = LayerArgs & {
  /** How many neighbours are sorted: 2 (the default), which is MaxMin, or 4. */
  readonly size?: number;
};

/** The exchanges that sort two and four numbers, each the lower place first, as the core makes them. */
const NETWORKS: Readonly<Record<number, readonly (readonly [number, number])[]>> = {
  2: [[0, 1]],
  4: [
    [0, 1],
    [2, 3],
    [0, 2],
    [1, 3],
    [1, 2],
  ],
};

/**
 * Sorts features, or a pixel's channels, that neighbour each other in groups of two or four, the largest first (Anil,
 * Lucas and Grosse 2019): the activations `maxmin` and `groupsort` of native encoders. Gradients keep their norm.
 */
export class GroupSort extends layers.Layer {
  static readonly className = 'GroupSort';
  private readonly size: number;

  /** @throws {OptionsError} on what is no object, and a size that is neither 2 nor 4 */
  constructor(args: GroupSortArgs = {}) {
    checkObject(args, 'GroupSort');
    super(args);
    this.size = args.size ?? 2;
    if (!Object.hasOwn(NETWORKS, this.size)) throw new OptionsError(`size must be 2 or 4, got ${shown(this.size)}`);
  }

  /** @throws {ShapeError} where the last axis is no multiple of the groups' size */
  override build(inputShape: Shape | Shape[]): void {
    const features = lastAxis(inputShape);
    if (features % this.size !== 0) {
      throw new ShapeError(`${this.name} sorts groups of ${this.size}: ${features} features are no multiple of that`);
    }
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = onlyTensor(inputs);
      // A copy: the tape keeps the list that unstack gave.
      const places = [...unstack(reshape(x, [-1, this.size]), 1)];
      for (const [low, high] of NETWORKS[this.size] ?? []) {
        const [first, second] = [places[low], places[high]];
        // Not by `maximum`, which at a tie sends both gradients to one place, nor by `where`, which has no second derivative.
        const swapped = isAbove(second, first);
        const kept = sub(1, swapped);
        places[low] = add(mul(swapped, second), mul(kept, first));
        places[high] = add(mul(swapped, first), mul(kept, second));
      }
      return reshape(stack(places, 1), x.shape);
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), size: this.size };
  }
}

serialization.registerClass(GroupSort);

/** 1 where `a` is above `b`, else 0: a constant to whoever differentiates: `greater` itself has no gradient. */
const isAbove = customGrad((...both) => {
  const [a, b] = both as Tensor[];
  const { shape } = a;
  return { value: cast(greater(a, b), 'float32'), gradFunc: () => [zeros(shape), zeros(shape)] };
});

/** A layer that sorts pairs: `maxmin` of native encoders. */
export function maxMin(args: LayerArgs = {}): GroupSort {
  checkObject(args, 'maxMin');
  return new GroupSort({ ...args, size: 2 });
}

/** A layer that sorts groups: by default of four, `groupsort` of native encoders. */
export function groupSort(args: GroupSortArgs = {}): GroupSort {
  checkObject(args, 'groupSort');
  return new GroupSort({ size: 4, ...args });
}

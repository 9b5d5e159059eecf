import { guard, handle } from './call.js';
import { acquireCore, type Core, type CoreOptions } from './core.js';
import { floats } from './memory.js';
import { type Disposable, resource } from './resource.js';

/** The shape of `C = A Bᵀ`. */
export interface ProductShape {
  /** Rows of A and C. */
  readonly rows: number;
  /** Rows of B, columns of C. */
  readonly cols: number;
  /** Columns of A and B. */
  readonly depth: number;
}

/** A matrix product `C = A Bᵀ` that lives in the module: what the encoders' layers and the score matrix are made of. */
export interface Product extends Disposable {
  /** rows x depth, row-major, to write into. */
  a(): Float32Array;
  /** cols x depth, row-major, to write into. */
  b(): Float32Array;
  /** rows x cols, row-major, as {@link store} left it. */
  c(): Float32Array;
  /** Takes A and B over into the core's own layout. */
  load(): void;
  /** Computes C in the core's own layout. */
  run(): void;
  /** Copies C out of it. */
  store(): void;
}

/** The loop inside every product, on operands that stay in the L1 cache. */
export interface Microkernel extends Disposable {
  /** Floating-point operations of one run. */
  readonly flops: number;
  run(times: number): void;
}

const TILE_ROWS = 4;
const PANEL_LANES = 8;
const PANELS = 2;
const DEPTH = 256;

/** A product of this shape; every size at least 1. */
export function createProduct({ rows, cols, depth }: ProductShape, options: CoreOptions = {}): Product {
  const { held, call } = hold(acquireCore(options), { rows, cols, depth });
  const buffer = (which: number, length: number) => () =>
    floats(held.core, held.core.exports.product_buffer(held.pointer(), which), length);
  return {
    a: buffer(0, rows * depth),
    b: buffer(1, cols * depth),
    c: buffer(2, rows * cols),
    load: () => call('product_load'),
    run: () => call('product_run'),
    store: () => call('product_store'),
    dispose: held.dispose,
    [Symbol.dispose]: held.dispose,
  };
}

/** C of what stands in A and B; a view until the next call. */
export function computed(product: Product): Float32Array {
  product.load();
  product.run();
  product.store();
  return product.c();
}

/** The microkernel by itself: a run is a tile of 4 rows against each of two panels, 256 deep. */
export function createMicrokernel(options: CoreOptions = {}): Microkernel {
  return microkernelOf(acquireCore(options), false);
}

/** That of an instance; the one that takes both panels at once if `wide`, which the relaxed build has. */
export function microkernelOf(core: Core, wide: boolean): Microkernel {
  const { held } = hold(core, { rows: PANELS * PANEL_LANES, cols: TILE_ROWS, depth: DEPTH });
  return {
    flops: 2 * TILE_ROWS * PANELS * PANEL_LANES * DEPTH,
    run: (times) => guard(core, () => core.exports.product_tiles(held.pointer(), times, Number(wide))),
    dispose: held.dispose,
    [Symbol.dispose]: held.dispose,
  };
}

function hold(core: Core, { rows, cols, depth }: ProductShape) {
  const { exports } = core;
  const pointer = handle(core, () => exports.product_new(rows, cols, depth));
  const held = resource(core, pointer, 'product', exports.product_free);
  const call = (name: 'product_load' | 'product_run' | 'product_store'): void =>
    guard(core, () => exports[name](held.pointer()));
  return { held, call };
}

import { describe, expect, it } from 'vitest';
import { acquireTensors, supportsRelaxedSimd } from '../../ts/wasm/core.js';
import { InternalError, ShapeError, StateError } from '../../ts/wasm/errors.js';
import { matrixProduct } from '../../ts/wasm/matrix-product.js';
import { takeArena } from '../../ts/wasm/tensor-arena.js';

const square = (size: number) => ({
  rows: size,
  cols: size,
  depth: size,
  transposeA: false,
  transposeB: false,
  batches: [[0, 0]] as const,
});

const ones = (size: number) => new Float32Array(size * size).fill(1);

describe('the arena of tensors', () => {
  it('asks for no memory once it is warm', () => {
    const [a, b, out] = [ones(50), ones(50), ones(50)];
    const run = () => matrixProduct(square(50), [a, b], out);
    run();
    const { exports } = acquireTensors();
    const before = exports.allocation_count();
    run();
    matrixProduct(square(20), [ones(20), ones(20)], ones(20));
    expect(exports.allocation_count()).toBe(before);
    expect(out).toEqual(ones(50).fill(50));
  });

  it('refuses what does not fit', () => {
    const arena = takeArena([4, 4, undefined, undefined, 4], {});
    const beyond = [1 << 16, 1 << 16, 1 << 16, 0, 0, 0, 0];
    expect(() => arena.run((exports, tensors) => exports.tensors_product(tensors), beyond)).toThrow(ShapeError);
    const outside = [100, 100, 100, 0, 0, 0, 0];
    expect(() => arena.run((exports, tensors) => exports.tensors_product(tensors), outside)).toThrow(StateError);
  });

  it('gives way to a fresh one after a fault', () => {
    const faulty = acquireTensors();
    const arena = takeArena([4], {});
    const trap = () => {
      throw new WebAssembly.RuntimeError('unreachable');
    };
    expect(() => arena.run(trap, [])).toThrow(InternalError);
    expect(() => arena.run(() => 0, [])).toThrow(StateError);
    expect(acquireTensors()).not.toBe(faulty);
    const out = ones(3);
    matrixProduct(square(3), [ones(3), ones(3)], out);
    expect(out).toEqual(ones(3).fill(3));
  });

  it('is another one where results are to be the same everywhere', () => {
    expect(acquireTensors({ deterministic: true }) === acquireTensors()).toBe(!supportsRelaxedSimd());
  });
});

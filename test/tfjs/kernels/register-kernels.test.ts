import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { registerKernels } from '../../../ts/entries/tfjs.js';
import { OptionsError } from '../../../ts/wasm/errors.js';

describe('registerKernels', () => {
  it('names what it registered, twice the same, without a warning of TensorFlow.js', () => {
    const warn = vi.spyOn(console, 'warn');
    const names = registerKernels();
    expect(names).toContain('BatchMatMul');
    const kernel = tf.getKernel('BatchMatMul', 'wasm');
    expect(registerKernels()).toEqual(names);
    expect(tf.getKernel('BatchMatMul', 'wasm')).not.toBe(kernel);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(tf.getKernel(name, 'wasm')).toBeDefined();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('finds the own kernels of the backend, however many copies of the library register in turn', async () => {
    vi.resetModules();
    const other = await import('../../../ts/entries/tfjs-node.js');
    expect(other.registerKernels).not.toBe(registerKernels);
    await tf.setBackend('wasm');
    const numbers = tf.tensor1d([1, 2, 3], 'int32');
    for (const register of [registerKernels, other.registerKernels, registerKernels, other.registerKernels]) {
      register();
      // Sums of integers are left to the backend.
      const total = tf.sum(numbers);
      expect(total.arraySync()).toBe(6);
      total.dispose();
    }
    numbers.dispose();
  });

  it('says that the backend must be imported first', () => {
    const kernels = tf.getKernelsForBackend('wasm');
    for (const { kernelName } of kernels) tf.unregisterKernel(kernelName, 'wasm');
    try {
      expect(() => registerKernels()).toThrow(
        expect.objectContaining({
          name: 'StateError',
          message: 'the wasm backend is not there: import @tensorflow/tfjs-backend-wasm before registerKernels()',
        }),
      );
      expect(tf.getKernelsForBackend('wasm')).toEqual([]);
    } finally {
      for (const kernel of kernels) tf.registerKernel(kernel);
    }
  });

  it('says what to load where that was not loaded, and leaves the kernels as they are', async () => {
    vi.resetModules();
    const { registerKernels } = await import('../../../ts/entries/tfjs.js');
    const before = tf.getKernelsForBackend('wasm');
    expect(() => registerKernels()).toThrow(
      expect.objectContaining({
        name: 'StateError',
        message: expect.stringMatching(
          /is not loaded: await load\(\{ tfjs: true \}\) from kantorovich first, or .*slim$/,
        ),
      }),
    );
    expect(tf.getKernelsForBackend('wasm')).toEqual(before);
  });

  it('refuses options that there are not', () => {
    expect(() => registerKernels({ threads: 2 } as object)).toThrow(OptionsError);
  });
});

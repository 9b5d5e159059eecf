import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { registerKernels } from '../../../ts/entries/tfjs.js';

const core = join(dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-core/package.json'))), 'dist');

/** Of complex numbers, which no layer computes with: reached where an op may be of them too. */
const COMPLEX = ['Complex', 'Imag', 'Real'];

/** A source file's imports from the folder of ops, and the kernels that it names. */
function readSource(file: string) {
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(/import \{([^}]*)\} from '(\.[^']+)'/g)];
  const named = (from: string) => from.endsWith('/kernel_names');
  return {
    ops: imports
      .map(([, , from]) => `${resolve(dirname(file), from)}.js`)
      .filter((path) => dirname(path).startsWith(join(core, 'ops')) && existsSync(path)),
    kernels: imports.filter(([, , from]) => named(from)).flatMap(([, names]) => names.split(',').map((n) => n.trim())),
  };
}

/** Every kernel that the ops may run which these files call, directly or not. */
function kernelsOf(files: readonly string[], seen = new Set<string>()): string[] {
  return files.flatMap((file) => {
    if (seen.has(file)) return [];
    seen.add(file);
    const { ops, kernels } = readSource(file);
    return [...kernels, ...kernelsOf(ops, seen)];
  });
}

it('every kernel that a gradient of TensorFlow.js may run is there, but for those of complex numbers', () => {
  registerKernels();
  const gradients = readdirSync(join(core, 'gradients')).filter((name) => name.endsWith('_grad.js'));
  expect(gradients.length).toBeGreaterThan(90);
  const needed = new Set(gradients.flatMap((name) => kernelsOf(readSource(join(core, 'gradients', name)).ops)));
  expect(needed).toContain('Conv2DBackpropFilter');
  expect(needed.size).toBeGreaterThan(60);
  const lacking = [...needed].filter((name) => tf.getKernel(name, 'wasm') === undefined);
  expect(lacking.sort()).toEqual(COMPLEX);
});

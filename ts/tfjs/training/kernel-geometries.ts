import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { type Layer, layersWithin } from '../inner-layers.js';
import type { KernelGeometry } from '../lipschitz/kernel-geometry.js';

/** Layers that multiply by one kernel, as a matrix by its last axis; transposed ones have the norms of the others. */
const KERNELS: readonly string[] = ['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose'];

/** How the kernels of dense layers and convolutions take patches, those of nested models and wrappers among them. */
export function kernelGeometries(layers: readonly Layer[]): ReadonlyMap<LayerVariable, KernelGeometry> {
  const found = new Map<LayerVariable, KernelGeometry>();
  for (const layer of layersWithin(layers)) {
    const [kernel] = layer.weights;
    if (KERNELS.includes(layer.getClassName()) && kernel !== undefined) found.set(kernel, geometryOf(layer));
  }
  return found;
}

function geometryOf(layer: Layer): KernelGeometry {
  const { strides, dilationRate } = layer.getConfig();
  return {
    ...(isSizes(strides) && { strides }),
    ...(isSizes(dilationRate) && { dilationRate }),
  };
}

function isSizes(value: unknown): value is number | readonly number[] {
  return Number.isSafeInteger(value) || (Array.isArray(value) && value.every(Number.isSafeInteger));
}

import type { LayerVariable, layers } from '@tensorflow/tfjs-layers';
import type { KernelGeometry } from '../lipschitz/kernel-geometry.js';

type Layer = layers.Layer;

/** Layers that multiply by one kernel, as a matrix by its last axis; transposed ones have the norms of the others. */
const KERNELS: readonly string[] = ['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose'];

/** How the kernels of dense layers and convolutions take patches, those of nested models and wrappers among them. */
export function kernelGeometries(layers: readonly Layer[]): ReadonlyMap<LayerVariable, KernelGeometry> {
  const found = new Map<LayerVariable, KernelGeometry>();
  const visit = (layer: Layer): void => {
    for (const inner of innerLayers(layer)) visit(inner);
    const [kernel] = layer.weights;
    if (KERNELS.includes(layer.getClassName()) && kernel !== undefined) found.set(kernel, geometryOf(layer));
  };
  layers.forEach(visit);
  return found;
}

function innerLayers(layer: Layer): readonly Layer[] {
  if ('layers' in layer && Array.isArray(layer.layers)) return layer.layers;
  return 'layer' in layer ? [layer.layer as Layer] : [];
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

import type { LayersModel, layers } from '@tensorflow/tfjs-layers';

type Layer = layers.Layer;

/** Runs `work`, and tells `onLayer` of each layer of the models before its ops. */
export function watchLayers(models: readonly LayersModel[], onLayer: (name: string) => void, work: () => void): void {
  const restore = models.flatMap(plainLayers).map((layer) => watch(layer, onLayer));
  try {
    work();
  } finally {
    for (const end of restore) end();
  }
}

/** Not by `setCallHook`, which some layers never call. */
function watch(layer: Layer, onLayer: (name: string) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(layer, 'call');
  const call = layer.call;
  layer.call = (...given: Parameters<Layer['call']>) => {
    onLayer(layer.name);
    return call.apply(layer, given);
  };
  return () => {
    Reflect.deleteProperty(layer, 'call');
    if (own !== undefined) Object.defineProperty(layer, 'call', own);
  };
}

/** Those of models inside a model in place of the model. */
function plainLayers({ layers }: { readonly layers: readonly Layer[] }): readonly Layer[] {
  return layers.flatMap((layer) => (hasLayers(layer) ? plainLayers(layer) : [layer]));
}

function hasLayers(layer: Layer): layer is Layer & { readonly layers: readonly Layer[] } {
  return 'layers' in layer;
}

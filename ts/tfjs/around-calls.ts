import type { Layer } from './inner-layers.js';

/** What a layer computes with, without the checks of its `apply`. */
export type LayerCall = Layer['call'];

/** Runs `work` while layers call what `around` makes of their own `call`; not by `setCallHook`, which some never call. */
export function aroundCalls<T>(
  layers: readonly Layer[],
  around: (call: LayerCall, layer: Layer) => LayerCall,
  work: () => T,
): T {
  const restore = layers.map((layer) => replaced(layer, around));
  try {
    return work();
  } finally {
    for (const end of restore) end();
  }
}

function replaced(layer: Layer, around: (call: LayerCall, layer: Layer) => LayerCall): () => void {
  const own = Object.getOwnPropertyDescriptor(layer, 'call');
  layer.call = around(layer.call.bind(layer), layer);
  return () => {
    Reflect.deleteProperty(layer, 'call');
    if (own !== undefined) Object.defineProperty(layer, 'call', own);
  };
}

import type { LayersModel } from '@tensorflow/tfjs-layers';
import { aroundCalls } from '../around-calls.js';
import { isContainer, type Layer } from '../inner-layers.js';

/** Runs `work`, and tells `onLayer` of each layer of the models before its ops. */
export function watchLayers(models: readonly LayersModel[], onLayer: (name: string) => void, work: () => void): void {
  const telling = (call: Layer['call'], { name }: Layer): Layer['call'] => {
    return (...given) => {
      onLayer(name);
      return call(...given);
    };
  };
  aroundCalls(models.flatMap(plainLayers), telling, work);
}

/** Those of models inside a model in place of the model. */
function plainLayers({ layers }: { readonly layers: readonly Layer[] }): readonly Layer[] {
  return layers.flatMap((layer) => (isContainer(layer) ? plainLayers(layer) : [layer]));
}

import type { layers } from '@tensorflow/tfjs-layers';

/** A layer of a LayersModel. */
export type Layer = layers.Layer;

/** Where wrappers, recurrent layers and models keep the layers that they are made of. */
const PLACES = ['layers', 'forwardLayer', 'backwardLayer', 'layer', 'cell', 'cells'] as const;

/** The layers that a layer is made of, known by structure; none for most. */
export function innerLayers(layer: object): readonly Layer[] {
  const held = new Map<string, unknown>(Object.entries(layer));
  // A bidirectional layer keeps the one that its halves were copied from, which it never runs.
  const places = held.has('forwardLayer') ? PLACES.filter((place) => place !== 'layer') : PLACES;
  return places.flatMap((place) => held.get(place) ?? []).filter(isLayer);
}

/** Layers and all that they are made of, each once, outermost first. */
export function layersWithin(outer: readonly Layer[]): readonly Layer[] {
  const found = new Set<Layer>();
  const visit = (layer: Layer): void => {
    if (found.has(layer)) return;
    found.add(layer);
    innerLayers(layer).forEach(visit);
  };
  outer.forEach(visit);
  return [...found];
}

/** Whether a layer is a model. */
export function isContainer(layer: Layer): layer is Layer & { readonly layers: readonly Layer[] } {
  return 'layers' in layer;
}

function isLayer(value: unknown): value is Layer {
  return typeof value === 'object' && value !== null && 'getClassName' in value;
}

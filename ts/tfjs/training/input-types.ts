/**
 * A topology whose layers name the type of their inputs, float32 where they have none: as TensorFlow.js writes it once it
 * has read it. Embeddings have no type until then.
 */
export function withInputTypes(topology: unknown): unknown {
  if (Array.isArray(topology)) return topology.map(withInputTypes);
  if (typeof topology !== 'object' || topology === null) return topology;
  const given: readonly (readonly [string, unknown])[] = Object.entries(topology);
  const held = given.map(([name, value]) => [name, withInputTypes(value)] as const);
  const isTyped = 'dtype' in topology && topology.dtype !== null;
  if (!('batch_input_shape' in topology) || isTyped) return Object.fromEntries(held);
  return Object.fromEntries([...held.filter(([name]) => name !== 'dtype'), ['dtype', 'float32']]);
}

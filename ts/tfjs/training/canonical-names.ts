/** A layer as a topology has it. */
interface Named {
  readonly class_name: string;
  readonly config: { readonly name: string };
}

/** What TensorFlow.js puts before the number of a layer that was not given a name. */
const AUTOMATIC: Readonly<Record<string, RegExp>> = {
  InputLayer: /^(input)\d+$/,
  Sequential: /^(sequential_)\d+$/,
  Model: /^(model)\d+$/,
};

/**
 * Names of layers that don't depend on how many layers were made before: TensorFlow.js counts all layers of a process in
 * the names that it gives them (`dense_Dense7`); here they are counted anew, in the topology's order (`dense_Dense1`).
 * Names that were given stay.
 *
 * @param topology a model's, as its `toJSON` gives it
 * @returns what has names in it, renamed: a weight's name, or the topology's text
 */
export function canonicalNames(topology: unknown): (text: string) => string {
  const renamed = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { class_name: className, config } of layersOf(topology)) {
    const prefix = (AUTOMATIC[className] ?? automaticName(className)).exec(config.name)?.[1];
    if (prefix === undefined || renamed.has(config.name)) continue;
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    renamed.set(config.name, `${prefix}${count}`);
  }
  if (renamed.size === 0) return (text) => text;
  const longestFirst = [...renamed.keys()].sort((a, b) => b.length - a.length);
  // A bidirectional layer names its two halves after the layer that it was made of.
  const pattern = new RegExp(`(?<![A-Za-z0-9_])((?:forward_|backward_)?)(${longestFirst.join('|')})(?!\\d)`, 'g');
  return (text) => text.replace(pattern, (_, half: string, name: string) => half + (renamed.get(name) ?? name));
}

/** Such as `dense_Dense7`: all but the last of the name is made of the class's. */
function automaticName(className: string): RegExp {
  return new RegExp(`^([a-z0-9_]+_${className.replace(/\W/g, '\\$&')})\\d+$`);
}

function* layersOf(value: unknown): Generator<Named> {
  if (typeof value !== 'object' || value === null) return;
  if (isNamed(value)) yield value;
  for (const nested of Object.values(value)) yield* layersOf(nested);
}

function isNamed(value: object): value is Named {
  if (!('class_name' in value) || typeof value.class_name !== 'string' || !('config' in value)) return false;
  const { config } = value;
  return typeof config === 'object' && config !== null && 'name' in config && typeof config.name === 'string';
}

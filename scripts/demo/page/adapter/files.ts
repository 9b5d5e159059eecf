import type { DroppedFile } from './service.js';

/** What a file can be for. */
export const SLOTS = ['queries', 'documents', 'qrels'] as const;

/** One of them. */
export type Slot = (typeof SLOTS)[number];

const NAMES: readonly (readonly [Slot, RegExp])[] = [
  ['qrels', /qrel|relev|judg|pairs|\.(tsv|trec|txt|qrels)$/i],
  ['queries', /quer|question/i],
  ['documents', /doc|corpus|passage|answer/i],
];

/** Which file is for what, by their names; one whose name says nothing takes the first place that is free. */
export function assignFiles<T extends { readonly name: string }>(
  files: readonly T[],
  taken: readonly Slot[] = [],
): ReadonlyMap<Slot, T> {
  const assigned = new Map<Slot, T>();
  const nameless: T[] = [];
  for (const file of files) {
    const slot = NAMES.find(([, pattern]) => pattern.test(file.name))?.[0];
    if (slot === undefined || assigned.has(slot)) nameless.push(file);
    else assigned.set(slot, file);
  }
  for (const file of nameless) {
    const free =
      SLOTS.find((slot) => !assigned.has(slot) && !taken.includes(slot)) ?? SLOTS.find((slot) => !assigned.has(slot));
    if (free !== undefined) assigned.set(free, file);
  }
  return assigned;
}

/** A file's bytes with its name. */
export async function readDropped(file: File): Promise<DroppedFile> {
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}

/** The page's own sample: row i of the queries belongs to row i of the documents. */
export async function fetchSample(): Promise<ReadonlyMap<Slot, DroppedFile>> {
  const files = await Promise.all(
    (['queries', 'documents'] as const).map(async (slot) => {
      const name = `sample-${slot}.safetensors`;
      const response = await fetch(name);
      if (!response.ok) throw new Error(`${name} answered ${response.status}`);
      return [slot, { name, bytes: new Uint8Array(await response.arrayBuffer()) }] as const;
    }),
  );
  return new Map(files);
}

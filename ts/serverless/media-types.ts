import { RequestError } from './request-error.js';

/** How an answer is written. */
export type Format = 'json' | 'npy' | 'safetensors';

/** The media type of each format. */
export const MEDIA_TYPES = {
  json: 'application/json',
  npy: 'application/x-npy',
  safetensors: 'application/x-safetensors',
} as const satisfies Record<Format, string>;

/** Bytes that say themselves what they are. */
export const BYTES_TYPE = 'application/octet-stream';

/** A media type without its parameters, in small letters; empty where there is none. */
export function bareType(header: string | null): string {
  return (header ?? '').split(';', 1)[0].trim().toLowerCase();
}

/**
 * The first of the formats on offer that a header `accept` likes best; JSON where there is none.
 *
 * @throws {RequestError} 406 where it takes none of them
 */
export function acceptedFormat(header: string | null, offered: readonly Format[]): Format {
  const ranges = (header ?? '').split(',').map(parseRange);
  if ((header ?? '').trim() === '') return 'json';
  const best = offered
    .map((format) => ({ format, weight: weightOf(MEDIA_TYPES[format], ranges) }))
    .reduce((first, other) => (other.weight > first.weight ? other : first));
  if (best.weight > 0) return best.format;
  const types = offered.map((format) => MEDIA_TYPES[format]).join(', ');
  throw new RequestError(406, `this route answers with ${types}; accept says ${JSON.stringify(header?.slice(0, 80))}`);
}

interface Range {
  readonly type: string;
  readonly weight: number;
}

function parseRange(text: string): Range {
  const weight = /;\s*q=([\d.]+)/i.exec(text)?.[1];
  return { type: bareType(text), weight: weight === undefined ? 1 : Number(weight) || 0 };
}

/** What the narrowest range that holds the type says. */
function weightOf(type: string, ranges: readonly Range[]): number {
  const [family] = type.split('/', 1);
  for (const name of [type, `${family}/*`, '*/*']) {
    const range = ranges.find((one) => one.type === name);
    if (range !== undefined) return range.weight;
  }
  return 0;
}

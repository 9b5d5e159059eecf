import type { Vectors } from './vector-checks.js';
import { idOfRow } from './vectors.js';

/**
 * Each document's place among equal scores, 0 first: ids as text, falling, as trec_eval breaks ties (by bytes of UTF-8);
 * documents without ids go by the text of their row's number, so that 9 precedes 10.
 */
export function tieOrder(documents: Vectors): Int32Array {
  const ids = Array.from({ length: documents.rows }, (_, row) => String(idOfRow(documents, row)));
  const rows = Uint32Array.from(ids, (_, row) => row).sort((a, b) => compareBytes(ids[b], ids[a]));
  const places = new Int32Array(ids.length);
  rows.forEach((row, place) => {
    places[row] = place;
  });
  return places;
}

/** How two texts compare by their bytes in UTF-8, which is by code points. */
function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates, which stand for the last code points, before U+E000. */
function codePointRank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

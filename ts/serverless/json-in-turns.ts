import { joinedBytes } from '../data/joined-bytes.js';
import { rowRange } from '../data/row-splits.js';
import type { Matrix } from '../wasm/matrix.js';
import type { Turns } from './deadline.js';
import { matrixRows } from './matrix-field.js';

/** Numbers between two turns: some milliseconds of work. */
const NUMBERS = 4096;

/** Matrices by name as `jsonText` writes their rows, in UTF-8, piece by piece with turns for others in between. */
export async function jsonInTurns(matrices: Readonly<Record<string, Matrix>>, turns: Turns): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  const nonFinite: Uint8Array[] = [];
  for (const [name, whole] of Object.entries(matrices)) {
    pieces.push(encoder.encode(`${pieces.length === 0 ? '{' : ','}${JSON.stringify(name)}:[`));
    const step = Math.max(1, Math.floor(NUMBERS / whole.cols));
    for (let start = 0; start < whole.rows; start += step) {
      await turns();
      const block = rowRange(whole, start, Math.min(start + step, whole.rows));
      // Numbers that JSON has no form for are null here.
      pieces.push(encoder.encode(`${start === 0 ? '' : ','}${JSON.stringify(matrixRows(block)).slice(1, -1)}`));
      const places = nonFinitePlaces(block, name, start);
      if (places !== '') nonFinite.push(encoder.encode(`${nonFinite.length === 0 ? '' : ','}${places}`));
    }
    pieces.push(encoder.encode(']'));
  }
  if (nonFinite.length > 0) pieces.push(encoder.encode(',"nonFinite":{'), ...nonFinite, encoder.encode('}'));
  pieces.push(encoder.encode('}'));
  return joinedBytes(pieces);
}

function nonFinitePlaces({ data, cols }: Matrix, name: string, start: number): string {
  const places: string[] = [];
  data.forEach((value, at) => {
    if (Number.isFinite(value)) return;
    const place = `${name}[${start + Math.floor(at / cols)}][${at % cols}]`;
    places.push(`${JSON.stringify(place)}:"${value}"`);
  });
  return places.join(',');
}

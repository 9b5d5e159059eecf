import { readFileSync } from 'node:fs';

const files: Record<string, Record<string, string>> = JSON.parse(
  readFileSync(new URL('case-files.json', import.meta.url), 'utf8'),
);

/** The bytes of one file of a case from the field. */
export function caseFile(id: 'D1' | 'D3' | 'D5' | 'P1', name: string): Uint8Array {
  return new Uint8Array(Buffer.from(files[id][name], 'base64'));
}

/** Names of all files of a case. */
export function caseFileNames(id: 'D1' | 'D3' | 'D5' | 'P1'): readonly string[] {
  return Object.keys(files[id]);
}

/** The same bytes at an odd place of a larger array, in a pooled Buffer, and alone. */
export function containers(bytes: Uint8Array): readonly Uint8Array[] {
  const larger = new Uint8Array(bytes.length + 10).fill(0xa5);
  larger.set(bytes, 3);
  return [bytes, Buffer.from(bytes), larger.subarray(3, 3 + bytes.length)];
}

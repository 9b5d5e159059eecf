/** A field of a Protocol Buffers message, as bytes. */
export type ProtoField = readonly number[] | Uint8Array;

const [VARINT, LENGTH, FOUR_BYTES] = [0, 2, 5];

/** A whole number from 0 to 2^53 - 1. */
export function protoNumber(field: number, value: number): ProtoField {
  return [...varint(field * 8 + VARINT), ...varint(value)];
}

/** A float32. */
export function protoFloat(field: number, value: number): ProtoField {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [...varint(field * 8 + FOUR_BYTES), ...bytes];
}

/** UTF-8 text. */
export function protoText(field: number, text: string): ProtoField {
  return protoBytes(field, new TextEncoder().encode(text));
}

/** Bytes, or a message whose fields these are. */
export function protoBytes(field: number, ...parts: readonly ProtoField[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return joinFields([[...varint(field * 8 + LENGTH), ...varint(length)], ...parts]);
}

/** Fields one after the other: a message. */
export function joinFields(parts: readonly ProtoField[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

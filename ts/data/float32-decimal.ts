const [MINUS, POINT, ZERO] = [0x2d, 0x2e, 0x30];
const POWERS = Float64Array.from({ length: 16 }, (_, digits) => Number(`1e${digits}`));
/** Decimal places that are tried first: most float32 numbers need more. */
const FEWEST = 7;
/** Below which JavaScript would write an exponent, and from which a whole part. */
const [LEAST, MOST] = [1e-6, 1];
/** Digits from which every float32 comes back. */
const DIGITS = 9;

/** The most bytes that {@link writeFloat32} writes. */
export const FLOAT32_BYTES = 24;

/**
 * Writes a finite float32 as a short decimal that reads back as the same float32, in ASCII as JSON has it, and returns
 * where it ends. Numbers below 1 in magnitude, which embeddings consist of, take no text in between.
 */
export function writeFloat32(bytes: Uint8Array, start: number, value: number): number {
  const size = Math.abs(value);
  if (!(size >= LEAST && size < MOST)) return writeText(bytes, start, String(Number(value.toPrecision(DIGITS))));
  let places = FEWEST;
  // Nine digits are always enough: these stay below 2 ** 31, in which whole numbers are quick.
  let digits = (size * POWERS[places] + 0.5) | 0;
  // The quotient is what a reader of these digits computes, rounded once.
  while (Math.fround(digits / POWERS[places]) !== size) {
    places += 1;
    digits = (size * POWERS[places] + 0.5) | 0;
  }
  while (digits % 10 === 0) {
    digits = (digits / 10) | 0;
    places -= 1;
  }
  let at = start;
  if (value < 0) bytes[at++] = MINUS;
  bytes[at] = ZERO;
  bytes[at + 1] = POINT;
  const end = at + 2 + places;
  for (let k = end - 1; k > at + 1; k--) {
    const rest = (digits / 10) | 0;
    bytes[k] = ZERO + digits - 10 * rest;
    digits = rest;
  }
  return end;
}

function writeText(bytes: Uint8Array, start: number, text: string): number {
  for (let k = 0; k < text.length; k++) bytes[start + k] = text.charCodeAt(k);
  return start + text.length;
}

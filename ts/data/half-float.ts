/** The value of an IEEE 754 binary16 number, given by its bits; float32 holds each exactly. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The bits of the binary16 number nearest to a float32, of two as near the one whose last bit is 0; beyond 65,519 infinity. */
export function toFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below the least normal number, 2^-14, steps are 2^-24; elsewhere 1024 of them lead to the next power of 2.
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = roundedToEven(size * 2 ** (10 - exponent));
  // A normal number's first bit is not written; rounding up to the next power carries into the exponent.
  return sign | (steps < 1024 ? steps : ((exponent + 15) << 10) + (steps - 1024));
}

function roundedToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A whole number with thousands separated: 12,345. */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? COUNT.format(value) : String(value);
}

/** A figure to `digits` decimals; very large and very small ones in exponents; NaN and Infinity by name. */
export function formatFigure(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const isPlain = size === 0 || (size < 1e6 && size >= 10 ** -digits / 2);
  return isPlain ? value.toFixed(digits) : value.toExponential(2);
}

/** Seconds as 0:07, 12:34 or 1:02:03. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-:--';
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const padded = (part: number) => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text that is safe between tags and in double-quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/** A number to `digits` decimals with a real minus sign; an em dash for null; NaN and Infinity by name. */
export function numberText(value: number | null, digits: number): string {
  if (value === null) return '—';
  if (!Number.isFinite(value)) return String(value).replace('-', '−');
  return value.toFixed(digits).replace('-', '−');
}

/** A share as per cent to one decimal; an em dash for null. */
export function percentText(share: number | null): string {
  return share === null ? '—' : `${numberText(100 * share, 1)}\u00a0%`;
}

import { InvalidArgumentError } from 'commander';

/** A parser of whole numbers from `least` on, for options. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = toNumber(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };
}

/** Parses a finite number above 0. */
export function positiveNumber(text: string): number {
  const value = toNumber(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** A parser of numbers from `least` up to, but not including, `below`. */
export function numberFrom(least: number, below = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = toNumber(text);
    if (value >= least && value < below) return value;
    const end = Number.isFinite(below) ? ` and below ${below}` : '';
    throw new InvalidArgumentError(`It must be a number from ${least}${end}.`);
  };
}

/** Parses the widths of an encoder's layers after its input, such as `512-256-64`. */
export function layerWidths(text: string): string {
  if (/^[1-9]\d*(-[1-9]\d*)*$/.test(text)) return text;
  throw new InvalidArgumentError('It must be widths joined by hyphens, such as 512-256-64.');
}

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

import { InvalidArgumentError } from 'commander';
import { encoderPresets, parseEncoder } from '../encoders/encoder.js';
import { parseImageShape } from '../encoders/image-shape.js';
import { isModelFile } from './model-files.js';

/** A parser of whole numbers from `least` on, for options. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = toNumber(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };
}

/** Parses a number of workers: a whole one from 1, or `auto`. */
export function workerNumber(text: string): number | 'auto' {
  const value = toNumber(text);
  if (text === 'auto') return text;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("It must be 'auto' or a whole number from 1.");
}

/** Parses whole numbers from 1 with commas between them. */
export function cutoffs(text: string): readonly number[] {
  const numbers = text.split(',').map(toNumber);
  if (numbers.every((number) => Number.isSafeInteger(number) && number >= 1)) return numbers;
  throw new InvalidArgumentError('It must be whole numbers from 1, such as 1,5,10.');
}

/** Parses a finite number above 0. */
export function positiveNumber(text: string): number {
  const value = toNumber(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** Parses a number above 0 and below 1. */
export function share(text: string): number {
  const value = toNumber(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('It must be a number above 0 and below 1.');
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

/** Passes an encoder's description that {@link parseEncoder} reads, and the path of a model of TensorFlow.js. */
export function encoderLayers(text: string): string {
  try {
    if (!isModelFile(text)) parseEncoder(text);
    return text;
  } catch {
    const names = Object.keys(encoderPresets).join(', ');
    throw new InvalidArgumentError(
      `It must be ${names}, layers such as 512-256-64 or c32k4s2p1-256-64, or a model.json of TensorFlow.js.`,
    );
  }
}

/** Passes units of layers such as `128-128`. */
export function layerUnits(text: string): string {
  if (/^[1-9]\d*(-[1-9]\d*)*$/.test(text)) return text;
  throw new InvalidArgumentError('It must be units of each layer, such as 128-128.');
}

/** Passes an image's shape that {@link parseImageShape} reads. */
export function imageShape(text: string): string {
  try {
    parseImageShape(text);
    return text;
  } catch {
    throw new InvalidArgumentError('It must be channels x height x width, such as 1x42x42.');
  }
}

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

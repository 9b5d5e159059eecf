import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { encoderLayers, imageShape, numberFrom, positiveNumber, wholeNumber } from '../../ts/cli/arguments.js';

describe('arguments', () => {
  it('are taken as they are meant', () => {
    expect(wholeNumber(2)('64')).toBe(64);
    expect(positiveNumber('5e-4')).toBe(0.0005);
    expect(numberFrom(0, 1)('0')).toBe(0);
    expect(encoderLayers('512-256-64')).toBe('512-256-64');
    expect(encoderLayers('c8k2s2-64')).toBe('c8k2s2-64');
    expect(encoderLayers('convnet')).toBe('convnet');
    expect(imageShape('3x32x24')).toBe('3x32x24');
  });

  it.each([
    [wholeNumber(2), ['1', '2.5', '', 'abc', '1e99', 'NaN'], 'It must be a whole number from 2.'],
    [positiveNumber, ['0', '-1', 'Infinity', '', '1,5'], 'It must be a number above 0.'],
    [numberFrom(0, 1), ['1', '-0.1', 'x'], 'It must be a number from 0 and below 1.'],
    [
      encoderLayers,
      ['', '64-', '0-64', '64x64', '-64', 'c8', 'resnet'],
      'It must be mlp, convnet, lipschitz, layers such as 512-256-64 or c32k4s2p1-256-64, or a model.json of TensorFlow.js.',
    ],
    [imageShape, ['', '32x32', '0x2x2', '1x2x3x4', '1x-2x3'], 'It must be channels x height x width, such as 1x42x42.'],
  ] as const)('are refused with what they must be', (parse, wrong, message) => {
    for (const text of wrong) expect(() => parse(text)).toThrow(new InvalidArgumentError(message));
  });
});

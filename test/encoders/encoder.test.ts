import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activations, checkActivation, parseWidths } from '../../ts/encoders/encoder.js';
import { OptionsError, ShapeError } from '../../ts/wasm/errors.js';

describe('parseWidths', () => {
  it('reads back any widths written with dashes', () => {
    const widths = fc.array(fc.integer({ min: 1, max: 2 ** 31 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(widths, (given) => {
        expect(parseWidths(given.join('-'))).toEqual(given);
      }),
    );
  });

  it.each([
    '',
    '-',
    '0',
    '512-',
    '-64',
    '512--64',
    '512-0-64',
    '2.5',
    '1e3',
    '0x10',
    ' 64',
    '64 ',
    '512,64',
    '9007199254740993',
  ])('refuses "%s", and says so', (text) => {
    expect(() => parseWidths(text)).toThrow(ShapeError);
    expect(() => parseWidths(text)).toThrow(`"${text}"`);
  });
});

describe('checkActivation', () => {
  it.each(activations)('knows %s', (name) => {
    expect(checkActivation(name)).toBe(name);
  });

  it.each(['', 'ReLU', 'tanh', 'constructor'])('refuses "%s", and names those there are', (name) => {
    expect(() => checkActivation(name)).toThrow(OptionsError);
    expect(() => checkActivation(name)).toThrow(`"${name}": expected relu, leaky-relu, maxmin`);
  });
});

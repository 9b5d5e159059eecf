import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activations, checkActivation, encoderPresets, parseEncoder } from '../../ts/encoders/encoder.js';
import { OptionsError, ShapeError } from '../../ts/wasm/errors.js';

describe('parseEncoder', () => {
  it('reads back any widths written with dashes', () => {
    const widths = fc.array(fc.integer({ min: 1, max: 2 ** 31 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(widths, (given) => {
        expect(parseEncoder(given.join('-'))).toEqual({ convolutions: [], widths: given });
      }),
    );
  });

  it('reads back convolutions, and fills in kernel 3, stride 1, padding 0', () => {
    const size = fc.integer({ min: 1, max: 99999 });
    const layer = fc.record({ channels: size, kernel: size, stride: size, padding: size });
    fc.assert(
      fc.property(fc.array(layer, { minLength: 1, maxLength: 4 }), size, (convolutions, width) => {
        const texts = convolutions.map((c) => `c${c.channels}k${c.kernel}s${c.stride}p${c.padding}`);
        expect(parseEncoder([...texts, width].join('-'))).toEqual({ convolutions, widths: [width] });
      }),
    );
    const plain = { kernel: 3, stride: 1, padding: 0 };
    expect(parseEncoder('c32k4s2-c8-c16p1-64')).toEqual({
      convolutions: [
        { channels: 32, kernel: 4, stride: 2, padding: 0 },
        { ...plain, channels: 8 },
        { ...plain, channels: 16, padding: 1 },
      ],
      widths: [64],
    });
  });

  it('knows presets by name', () => {
    expect(parseEncoder('mlp')).toEqual({ convolutions: [], widths: [256, 256, 64] });
    for (const [name, layers] of Object.entries(encoderPresets))
      expect(parseEncoder(name)).toEqual(parseEncoder(layers));
    expect(parseEncoder('convnet').convolutions).toHaveLength(3);
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
    'c8',
    'c8k3-',
    'c0-64',
    'c8k0-64',
    'c8s0-64',
    'c8s2k3-64',
    'c8k3k3-64',
    '64-c8-64',
    'C8-64',
    'resnet',
    'constructor',
  ])('refuses "%s", and says so', (text) => {
    expect(() => parseEncoder(text)).toThrow(ShapeError);
    expect(() => parseEncoder(text)).toThrow(`"${text}"`);
  });

  it.each([null, undefined, 64, {}, [null]])('refuses %s, which is no text', (value) => {
    // @ts-expect-error: no text
    expect(() => parseEncoder(value)).toThrow(ShapeError);
  });
});

describe('checkActivation', () => {
  it.each(activations)('knows %s', (name) => {
    expect(checkActivation(name)).toBe(name);
  });

  it.each(['', 'ReLU', 'tanh', 'constructor'])('refuses "%s", and names those there are', (name) => {
    expect(() => checkActivation(name)).toThrow(OptionsError);
    expect(() => checkActivation(name)).toThrow(`"${name}": expected relu, leaky-relu, maxmin, groupsort`);
  });
});

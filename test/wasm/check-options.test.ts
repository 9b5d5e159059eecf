import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkOptions, type KnownOptions } from '../../ts/wasm/check-options.js';
import { OptionsError } from '../../ts/wasm/errors.js';

interface Example {
  readonly batch?: number;
  readonly steps?: number;
}

const known: KnownOptions<Example> = { batch: true, steps: true };

it('takes any part of the known options', () => {
  for (const options of [{}, { batch: 1 }, { batch: undefined, steps: 2 }]) {
    expect(() => checkOptions(options, known, 'example')).not.toThrow();
  }
});

it('names any other option and lists those that there are, inherited names of objects too', () => {
  const other = fc.oneof(fc.string(), fc.constantFrom('Batch', 'constructor', 'toString'));
  fc.assert(
    fc.property(
      other.filter((key) => key !== 'batch' && key !== 'steps' && key !== '__proto__'),
      (key) => {
        const options: Example = { batch: 1, [key]: 1 };
        expect(() => checkOptions(options, known, 'example')).toThrow(
          new OptionsError(`example has no option '${key}': it takes batch, steps`),
        );
      },
    ),
  );
});

it.each([null, undefined, 3, 'batch', [1]])('refuses %j, which is no object of options', (value) => {
  expect(() => checkOptions(value as unknown as Example, known, 'example')).toThrow(OptionsError);
});

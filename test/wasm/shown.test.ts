import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shown } from '../../ts/wasm/shown.js';

it('shows whatever there is, as text where it has one', () => {
  fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (value) => typeof shown(value) === 'string'));
  expect([shown(1), shown('text'), shown(null), shown({ toString: 1 })]).toEqual([
    '1',
    'text',
    'null',
    'an object that has no text',
  ]);
});

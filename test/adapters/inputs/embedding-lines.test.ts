import fc from 'fast-check';
import { expect, it } from 'vitest';
import { embeddingLineReader } from '../../../ts/adapters/inputs/embedding-lines.js';
import { DataError } from '../../../ts/wasm/errors.js';

const bytes = (text: string) => new TextEncoder().encode(text);

/** As a file has it: JSON.stringify would write what the number was rounded to. */
const lineOf = (id: string) => bytes(`{"id": ${id}, "embedding": [1, 2]}\n`);

it('numbers as ids are whole and below 2^53: others would be changed without a word', () => {
  const whole = fc.maxSafeInteger();
  const beyond = fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n });
  const broken = fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 1, max: 99 })).map(([a, b]) => {
    return `${a}.${String(b).padStart(2, '0')}`;
  });
  fc.assert(
    fc.property(whole, (id) => {
      expect(embeddingLineReader('f').push(lineOf(String(id)))[0]?.id).toBe(id === 0 ? 0 : id);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(beyond.map(String), broken), (id) => {
      const reader = embeddingLineReader('f');
      reader.push(bytes('{"id": 1, "embedding": [1, 2]}\n'));
      expect(() => reader.push(lineOf(id))).toThrow(DataError);
      expect(() => embeddingLineReader('f').push(lineOf(id))).toThrow(
        /^f: line 1: field id must be .* below 2\^53, got/,
      );
    }),
  );
});

it('a line of 200,000 embeddings is read', () => {
  const reader = embeddingLineReader('f');
  const line = bytes(`{"embeddings": [${'[1],'.repeat(199_999)}[2]]}\n`);
  expect(reader.push(line)).toHaveLength(200_000);
});

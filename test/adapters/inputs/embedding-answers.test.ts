import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Packing, toVectors, type VectorsLike } from '../../../ts/entries/adapters-node.js';
import { DataError, matrix, OptionsError, writeNpy } from '../../../ts/entries/node.js';
import { runs, seed, size } from '../../support/arbitraries.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { npyFile } from '../npy-file.js';

const utf8 = (text: string) => new TextEncoder().encode(text);
const base64 = (row: readonly number[]) => Buffer.from(Float32Array.from(row).buffer).toString('base64');

/** An OpenAI answer, its items in another order than their index. */
function openai(rows: readonly (readonly number[])[], encode: (row: readonly number[]) => unknown) {
  const data = rows.map((row, index) => ({ object: 'embedding', index, embedding: encode(row) })).reverse();
  return { object: 'list', data, model: 'text-embedding-3-small', usage: { prompt_tokens: 8 } };
}

/** A line of OpenAI's batches. */
const batchLine = (id: string, row: readonly number[]) =>
  JSON.stringify({
    ...{ id: 'batch_req_1', custom_id: id, error: null },
    response: { status_code: 200, request_id: 'r', body: openai([row], base64) },
  });

describe("an embedding API's answer", () => {
  it('gives its rows, as an object, as JSON, and as lines of several answers', () => {
    const property = fc.property(size, size, seed, (n, d, from) => {
      const rows = normalRows(seededRandom(from), n, d);
      const wanted = { data: Float32Array.from(rows.flat()), rows: n, cols: d, ids: null };
      const asNumbers = openai(rows, (row) => row);
      const asText = openai(rows, base64);
      const voyage = { object: 'list', data: rows.map((row) => ({ object: 'embedding', embedding: base64(row) })) };
      const cohere = { id: 'c', texts: rows.map(String), embeddings: { float: rows, int8: rows.map(() => [1]) } };
      const forms: unknown[] = [
        ...[asNumbers, asText, voyage, cohere],
        { embeddings: rows },
        { id: 'c', embeddings: { base64: rows.map(base64) } },
        JSON.stringify(asText),
        utf8(JSON.stringify(asNumbers, null, 2)),
        `\ufeff\n${JSON.stringify(cohere, null, 4)}\r\n`,
        rows.map((row) => JSON.stringify(openai([row], base64))).join('\n'),
        JSON.stringify(rows),
        JSON.stringify(rows.map((embedding) => ({ embedding }))),
        rows.map((row) => JSON.stringify({ embedding: base64(row) })).join('\n'),
      ];
      for (const form of forms) expect(toVectors(form as VectorsLike, 'rows')).toEqual(wanted);
    });
    fc.assert(property, runs);
  });

  it('keeps ids: of rows, of batches, and others where it has none', () => {
    const file = `${batchLine('q7', [1, 2])}\n${batchLine('q3', [3, 4])}\n`;
    expect(toVectors(file, 'batch')).toMatchObject({ ids: ['q7', 'q3'], data: Float32Array.of(1, 2, 3, 4) });
    const document = JSON.stringify([
      { id: 7, embedding: [1] },
      { id: 'b', embedding: [2] },
    ]);
    expect(toVectors(document, 'rows').ids).toEqual([7, 'b']);
    const bytes = utf8(JSON.stringify({ embeddings: [[1], [2]] }));
    expect(toVectors({ bytes, ids: ['x', 'y'] }, 'rows').ids).toEqual(['x', 'y']);
    expect(() => toVectors({ bytes: utf8(document), ids: [1, 2] }, 'rows')).toThrow(/have ids of their own/);
  });

  it('gives the same signs from binary and ubinary embeddings, in JSON and in .npy', () => {
    const property = fc.property(size, size, seed, (n, d, from) => {
      const random = seededRandom(from);
      const bytes = Array.from({ length: n }, () => Array.from({ length: d }, () => random.below(256)));
      const signed = bytes.map((row) => row.map((byte) => byte - 128));
      const wanted = toVectors({ data: Uint8Array.from(bytes.flat()), dims: 8 * d }, 'rows');
      const file = (value: unknown, packed: Packing) => ({ bytes: utf8(JSON.stringify(value)), packed });
      const lines = signed.map((embedding) => JSON.stringify({ embedding })).join('\n');
      const int8 = npyFile('|i1', [n, d], signed.flat());
      const forms: VectorsLike[] = [
        { embeddings: { ubinary: bytes } },
        { embeddings: { binary: signed } },
        file(bytes, true),
        file(signed, 'signed'),
        file(
          openai(bytes, (row) => row),
          true,
        ),
        { bytes: utf8(lines), packed: 'signed' },
        { bytes: int8, packed: 'signed' },
      ];
      for (const form of forms) expect(toVectors(form, 'rows')).toEqual(wanted);
    });
    fc.assert(property, runs);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'base64 of half a number',
      { data: [{ embedding: 'AAAA' }] },
      /x: data\[0\]: field embedding is base64 of 3 bytes/,
    ],
    [
      'text that is no base64',
      { data: [{ embedding: '1,2' }] },
      /data\[0\]: field embedding must be an array of numbers or base64 of them, found text with "," at 1/,
    ],
    ['base64 cut off', { data: [{ embedding: 'AACAPwA' }] }, /found text with 7 characters/],
    [
      'base64 of NaN',
      { data: [{ embedding: base64([1, Number.NaN]) }] },
      /field embedding\[1\] must be a finite float32 number, got NaN/,
    ],
    ['base64 of zeros', { data: [{ embedding: base64([0, 0]) }] }, /data\[0\]: field embedding is a zero vector/],
    [
      'an index twice',
      {
        data: [
          { index: 1, embedding: [1] },
          { index: 1, embedding: [2] },
        ],
      },
      /data\[1\]: index 1 is there already at data\[0\]/,
    ],
    [
      'an index too large',
      { data: [{ index: 1, embedding: [1] }] },
      /field index must be a whole number from 0 to 0, got 1/,
    ],
    [
      'an index in some items',
      { data: [{ index: 0, embedding: [1] }, { embedding: [1] }] },
      /data\[1\]: field index must be .* got nothing/,
    ],
    ['items that are no objects', { data: [1, 2] }, /data\[0\]: expected an object, got 1/],
    ['no items', { data: [] }, /expected rows/],
    [
      'ragged rows',
      { embeddings: [[1, 2], [1]] },
      /embeddings\[1\]: field embedding has 1 numbers, embeddings\[0\] has 2/,
    ],
    ['uint8 alone', { embeddings: { uint8: [[1]] } }, /it has uint8: where 0 lies among uint8 numbers is not said/],
    ['no known type', { embeddings: { float: null } }, /field embeddings must be rows of numbers, or have float, int8/],
    ['embeddings of text', { embeddings: 'none' }, /field embeddings: expected an object, got "none"/],
    [
      'a byte out of range',
      { embeddings: { binary: [[200]] } },
      /embeddings\.binary\[0\]\[0\] must be packed bits, a whole number from -128 to 127, got 200/,
    ],
    ['an error in its place', { error: { message: 'rate limit' } }, /x must be/],
  ])('is refused: %s', (_, given, message) => {
    expect(() => toVectors(given as VectorsLike, 'x')).toThrow(message);
    const isAnswer = 'data' in (given as object) || 'embeddings' in (given as object);
    if (isAnswer) expect(() => toVectors(given as VectorsLike, 'x')).toThrow(DataError);
  });

  it.each<[string, string, RegExp]>([
    [
      'a failed line of a batch',
      `${batchLine('a', [1])}\n{"custom_id":"b","response":{"status_code":429,"body":{}}}`,
      /x: line 2: field response.status_code is 429/,
    ],
    [
      'a line that is an error',
      '{"error":{"message":"no"}}',
      /x: line 1: field embedding must be an array of numbers, got nothing/,
    ],
    ['a document cut off', '{\n  "data": [', /x: neither JSON nor one JSON object a line/],
    ['rows that are neither', '[[1], 2]', /x: row 1: expected an object, got 2/],
    ['a document of a number in text', '[["1"]]', /x: row 0\[0\] must be a finite float32 number, got "1"/],
  ])('in a file is refused: %s', (_, text, message) => {
    expect(() => toVectors(text, 'x')).toThrow(DataError);
    expect(() => toVectors(text, 'x')).toThrow(message);
  });

  it('takes neither scale nor tensor, and packs no floats', () => {
    const bytes = utf8('[[1,2]]');
    expect(() => toVectors({ bytes, scale: 2 }, 'x')).toThrow(OptionsError);
    expect(() => toVectors({ bytes, tensor: 'a' }, 'x')).toThrow(/tensor is not for JSON/);
    expect(() => toVectors({ bytes: utf8('[[1.5]]'), packed: true }, 'x')).toThrow(/must be packed bits/);
    expect(() => toVectors({ bytes: writeNpy(matrix(Float32Array.of(1), 1, 1)), packed: 'signed' }, 'x')).toThrow(
      /must be signed bytes/,
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toVectors, type VectorsLike } from '../../../ts/entries/adapters-node.js';
import { DataError, matrix, OptionsError, ShapeError, writeNpy, writeSafetensors } from '../../../ts/entries/node.js';
import { runs, seed, size } from '../../support/arbitraries.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { npyFile } from '../npy-file.js';

const utf8 = (text: string) => new TextEncoder().encode(text);

const rows = [
  [1, 2],
  [3, -4],
  [0.5, 0],
];
const data = Float32Array.from(rows.flat());
const lines = rows.map((embedding, i) => JSON.stringify({ id: `r${i}`, embedding })).join('\n');

describe('vectors', () => {
  it('are the same rows from every form', () => {
    const property = fc.property(size, size, seed, (n, d, seed) => {
      const given = normalRows(seededRandom(seed), n, d);
      const flat = Float32Array.from(given.flat());
      const file = writeSafetensors(new Map([['embeddings', { dtype: 'F32', shape: [n, d], data: flat }]]));
      const forms: VectorsLike[] = [
        given,
        given.map((row) => Float32Array.from(row)),
        matrix(flat, n, d),
        { data: flat, dims: d },
        { data: Float64Array.from(given.flat()), dims: d },
        writeNpy(matrix(flat, n, d)),
        Buffer.from(file),
        { bytes: file, name: 'a file', tensor: 'embeddings' },
        given.map((embedding) => ({ embedding })),
        given.map((embedding) => JSON.stringify({ embedding })).join('\n'),
        utf8(`\ufeff${given.map((embedding) => JSON.stringify({ embedding, model: 'm' })).join('\r\n\r\n')}\r\n`),
      ];
      for (const form of forms) expect(toVectors(form, 'rows')).toEqual({ data: flat, rows: n, cols: d, ids: null });
    });
    fc.assert(property, runs);
  });

  it('keep ids, as text or numbers', () => {
    expect(toVectors({ data, dims: 2, ids: ['a', 7, 'b'] }, 'rows').ids).toEqual(['a', 7, 'b']);
    expect(toVectors(lines, 'rows').ids).toEqual(['r0', 'r1', 'r2']);
    expect(
      toVectors(
        rows.map((embedding, id) => ({ id, embedding })),
        'rows',
      ).ids,
    ).toEqual([0, 1, 2]);
    expect(() => toVectors([{ id: 'a', embedding: [1] }, { embedding: [1] }], 'rows')).toThrow('row 1: field id');
    expect(toVectors({ bytes: writeNpy(matrix(data, 3, 2)), ids: [5, 6, 7] }, 'rows').ids).toEqual([5, 6, 7]);
    expect(toVectors(toVectors(lines, 'rows'), 'again')).toEqual(toVectors(lines, 'rows'));
  });

  it('multiply int8 by its scale, one or one a dimension', () => {
    const codes = Int8Array.of(1, -2, 127, -128);
    expect([...toVectors({ data: codes, dims: 2 }, 'rows').data]).toEqual([1, -2, 127, -128]);
    expect([...toVectors({ data: codes, dims: 2, scale: 0.5 }, 'rows').data]).toEqual([0.5, -1, 63.5, -64]);
    expect([...toVectors({ data: codes, dims: 2, scale: [1, 0.25] }, 'rows').data]).toEqual([1, -0.5, 127, -32]);
    expect([...toVectors({ bytes: npyFile('|i1', [2, 2], new Uint8Array(codes.buffer)), scale: 2 }, 'f').data]).toEqual(
      [2, -4, 254, -256],
    );
  });

  it('unpack bits as numpy.packbits packs them', () => {
    const first = [1, -1, 1, 1, -1, -1, -1, -1];
    const second = [-1, -1, -1, -1, -1, -1, -1, 1];
    const bytes = Uint8Array.of(0b10110000, 0b00000001);
    expect([...toVectors({ data: bytes, dims: 8 }, 'rows').data]).toEqual([...first, ...second]);
    expect(toVectors({ data: bytes, dims: 16 }, 'rows')).toMatchObject({ rows: 1, cols: 16 });
    expect([...toVectors({ bytes: npyFile('|u1', [2, 1], bytes), packed: true }, 'f').data]).toEqual([
      ...first,
      ...second,
    ]);
  });

  it('take a safetensors file with one matrix among vectors, or with a named one', () => {
    const tensor = (shape: readonly number[]) =>
      ({ dtype: 'F32', shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1) }) as const;
    const one = writeSafetensors(
      new Map([
        ['bias', tensor([3])],
        ['x', tensor([3, 2])],
      ]),
    );
    expect(toVectors(one, 'rows')).toMatchObject({ rows: 3, cols: 2 });
    const two = writeSafetensors(
      new Map([
        ['x', tensor([3, 2])],
        ['y', tensor([4, 5])],
      ]),
    );
    expect(toVectors({ bytes: two, tensor: 'y' }, 'rows')).toMatchObject({ rows: 4, cols: 5 });
    expect(() => toVectors(two, 'rows')).toThrow(
      /expected a tensor embeddings, or one matrix; the file has x \[3, 2\], y/,
    );
    expect(() => toVectors({ bytes: two, tensor: 'z' }, 'rows')).toThrow(/expected a tensor z; the file has x/);
  });

  const whole = writeNpy(matrix(data, 3, 2));
  const tensors = writeSafetensors(new Map([['x', { dtype: 'F32', shape: [3, 2], data }]]));
  it.each<[string, unknown, new (message: string) => Error, RegExp]>([
    [
      'a zero vector',
      [
        [1, 0],
        [0, 0],
      ],
      DataError,
      /docs: row 1 is a zero vector/,
    ],
    ['NaN', { data: Float32Array.of(1, 2, Number.NaN, 4), dims: 2 }, DataError, /docs: row 1 column 0 is NaN/],
    ['what float32 cannot hold', [[1, 1e39]], DataError, /row 0 column 1 is Infinity/],
    ['text among numbers', [[1, '2']], DataError, /row 0 column 1 is "2", no number/],
    ['null among numbers', [[1, null]], DataError, /row 0 column 1 is null, no number/],
    [
      'an object that claims a length',
      [{ length: 2 ** 53 - 1 }],
      ShapeError,
      /row 0 must be an array of numbers, got Object/,
    ],
    ['a hole instead of the first row', [undefined, [1, 2]], ShapeError, /row 0 must be an array of numbers/],
    ['a hole instead of a row', [[1, 2], undefined], ShapeError, /row 1 must be an array of numbers, got undefined/],
    [
      'ragged rows',
      [
        [1, 2],
        [1, 2, 3],
      ],
      ShapeError,
      /row 1 has 3 numbers, row 0 has 2/,
    ],
    ['no rows', [], DataError, /expected at least one vector/],
    ['numbers without dims', data, OptionsError, /got Float32Array without dims: give \{ data, dims \}/],
    ['no whole rows', { data, dims: 4 }, ShapeError, /6 numbers are no whole rows of 4/],
    [
      'half a byte of bits',
      { data: Uint8Array.of(1, 2), dims: 4 },
      OptionsError,
      /multiple of 8 for packed bits, got 4/,
    ],
    [
      'a matrix that says otherwise',
      { data, rows: 2, cols: 2 },
      ShapeError,
      /says 2 x 2, which is 4 numbers, but holds 6/,
    ],
    [
      'another array in a matrix',
      { data: new Float64Array(4), rows: 2, cols: 2 },
      ShapeError,
      /must be a Float32Array/,
    ],
    ['a scale of floats', { data, dims: 2, scale: 2 }, OptionsError, /scale is for an Int8Array/],
    [
      'a scale of 0',
      { data: Int8Array.of(1), dims: 1, scale: 0 },
      OptionsError,
      /scale must be a finite number above 0/,
    ],
    [
      'ids twice',
      { data, dims: 2, ids: ['a', 'b', 'a'] },
      DataError,
      /docs: ids\[2\]: id "a" is there already at ids\[0\]/,
    ],
    ['1 beside "1"', { data, dims: 2, ids: [1, 2, '1'] }, DataError, /id "1" is text here and a number at ids\[0\]/],
    ['too few ids', { data, dims: 2, ids: ['a'] }, DataError, /1 ids for 3 rows/],
    [
      'an id of null',
      { data, dims: 2, ids: ['a', null, 'b'] },
      DataError,
      /ids\[1\]: field id must be text or a whole/,
    ],
    ['an id beyond 2^53', { data, dims: 2, ids: [1, 2, 2 ** 53] }, DataError, /ids\[2\]: field id must be/],
    ['an empty file', new Uint8Array(0), DataError, /docs: the file is empty/],
    ['another file', Uint8Array.of(0x89, 0x50, 0x4e, 0x47), DataError, /begins with bytes 89 50 4e 47/],
    ['a truncated .npy', whole.subarray(0, whole.length - 3), DataError, /docs: shape \(3, 2\) of <f4 needs 24 bytes/],
    ['the beginning of a .npy', whole.subarray(0, 5), DataError, /docs: not an .npy file/],
    ['truncated safetensors', tensors.subarray(0, tensors.length - 1), DataError, /docs: .*(24|23)/],
    [
      'bytes that may be packed',
      npyFile('|u1', [2, 1], [1, 2]),
      DataError,
      /packed bits, eight dimensions each, say packed/,
    ],
    ['booleans', { bytes: npyFile('|b1', [2, 1], [1, 1]) }, DataError, /found b1/],
    ['whole numbers of 32 bits', npyFile('<i4', [1, 1], [1, 0, 0, 0]), DataError, /found i4/],
    ['one index', npyFile('<f4', [1], [0, 0, 128, 63]), DataError, /2 indices\), shape is \(1\)/],
    ['JSONL without rows', '\n\n', DataError, /expected rows \{"id"/],
    ['null', null, OptionsError, /docs must be a matrix/],
  ])('refuse %s', (_, given, kind, message) => {
    expect(() => toVectors(given as VectorsLike, 'docs')).toThrow(kind);
    expect(() => toVectors(given as VectorsLike, 'docs')).toThrow(message);
  });
});

describe('a JSONL file', () => {
  it.each([
    ['{"id":"r3"}', /line 4: field embedding must be an array of numbers, got nothing/],
    ['{"id":"r3","embedding":[1]}', /line 4: field embedding has 1 numbers, line 1 has 2/],
    ['{"id":"r3","embedding":[1,NaN]}', /line 4: not one JSON object \(in or after field embedding\)/],
    ['{"id":"r3","embedding":[1,null]}', /line 4: field embedding\[1\] must be a finite float32 number, got null/],
    ['{"id":"r3","embedding":[0,1e-60]}', /line 4: field embedding is a zero vector/],
    ['{"id":"r3","embedding":[1,2]', /line 4: not one JSON object/],
    ['{"id":"r1","embedding":[1,2]}', /line 4: id "r1" is there already at line 2/],
    [
      '{"id":9007199254740993,"embedding":[1,2]}',
      /line 4: field id must be text or a whole number below 2\^53, got 9007/,
    ],
    ['{"id":1.5,"embedding":[1,2]}', /line 4: field id must be text or a whole number below 2\^53, got 1.5/],
    ['{"id":["r3"],"embedding":[1,2]}', /line 4: field id must be text or a whole number below 2\^53, got \["r3"\]/],
    ['{"id":1.5,"embedding":[1,2]}', /line 4: field id must be text or a whole number below 2\^53, got 1.5/],
    ['{"embedding":[1,2]}', /line 4: field id: no id here, line 1 has one/],
    ['[1,2]', /line 4: expected an object/],
  ])('names the line of %s', (line, message) => {
    expect(() => toVectors(`${lines}\n${line}\n`, 'docs')).toThrow(DataError);
    expect(() => toVectors(`${lines}\n${line}\n`, 'docs')).toThrow(message);
  });

  it('gives the right vector or names the line, for 200 lines that were tampered with', () => {
    const random = seededRandom(200);
    let refused = 0;
    for (let run = 0; run < 200; run++) {
      const tampered = tamper(utf8('{"id":"r9","embedding":[12.5,-0.25]}'), random);
      const before = utf8(`${lines}\n`);
      const file = Uint8Array.from([...before, ...tampered, 0x0a, ...utf8('{"id":"last","embedding":[7,8]}')]);
      try {
        const found = toVectors(file, 'docs');
        const text = new TextDecoder('utf-8', { fatal: true }).decode(tampered);
        const right = text.trim() === '' ? [] : [JSON.parse(text)];
        expect(found.ids).toEqual(['r0', 'r1', 'r2', ...right.map(({ id }) => id), 'last']);
        expect([...found.data]).toEqual([
          ...data,
          ...right.flatMap(({ embedding }) => embedding.map(Math.fround)),
          7,
          8,
        ]);
      } catch (error) {
        refused += 1;
        expect(error).toBeInstanceOf(DataError);
        expect(String(error)).toMatch(/docs: line 4\b/);
      }
    }
    expect(refused).toBeGreaterThan(50);
    expect(refused).toBeLessThan(200);
  });
});

/** One to three bytes changed, put in, left out or doubled, or the end cut off; no newline, which would be another line. */
function tamper(line: Uint8Array, random: ReturnType<typeof seededRandom>): Uint8Array {
  const bytes = [...line];
  const likely = utf8('0123456789.-+eE[]{}",: \\nulltrue\u00e9');
  const byte = () => (random.below(3) === 0 ? 0x0b + random.below(245) : likely[random.below(likely.length)]);
  for (let change = 0; change <= random.below(3); change++) {
    const at = random.below(bytes.length);
    const kind = random.below(5);
    if (kind === 0) bytes[at] = byte();
    if (kind === 1) bytes.splice(at, 0, byte());
    if (kind === 2) bytes.splice(at, 1);
    if (kind === 3) bytes.splice(at, 0, ...bytes.slice(at, at + random.below(6)));
    if (kind === 4 && random.below(3) === 0) bytes.length = at + 1;
  }
  return Uint8Array.from(bytes);
}

it.each(['yes', 1, 0, null, {}])('packed that is neither true, false nor signed is refused: %s', (packed) => {
  const bytes = npyFile('|u1', [1, 2], Uint8Array.of(176, 1));
  expect(() => toVectors({ bytes, packed } as never, 'rows')).toThrow(
    /^rows.packed must be true, false or 'signed', got/,
  );
  expect(() => toVectors({ bytes, packed } as never, 'rows')).toThrow(OptionsError);
});

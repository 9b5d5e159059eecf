import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, type Tensor, writeSafetensors } from '../../ts/data/safetensors.js';
import { CheckpointError, ShapeError } from '../../ts/wasm/errors.js';
import { caseFile, caseFileNames, containers } from './case-files.js';

/** A file with any header text and any bytes after it. */
function file(header: string, data: ArrayLike<number> = []): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = new Uint8Array(BigUint64Array.of(BigInt(text.length)).buffer);
  return Uint8Array.from([...length, ...text, ...Array.from(data)]);
}

const valid = '{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}';

describe('readSafetensors', () => {
  it.each(caseFileNames('P1'))('P1: %s is refused, and the next valid file loads', (name) => {
    expect(() => readSafetensors(caseFile('P1', name))).toThrow(CheckpointError);
    const data = new Uint8Array(Float32Array.of(1.5, -2, 0.25).buffer);
    expect(readSafetensors(file(valid, data)).tensors.get('w')?.data).toEqual(Float32Array.of(1.5, -2, 0.25));
  });

  it('P1: says what was found', () => {
    expect(() => readSafetensors(caseFile('P1', 'lfs_pointer'))).toThrow(/Git LFS pointer/);
    expect(() => readSafetensors(caseFile('P1', 'short_file'))).toThrow(/12 bytes.*found 11/);
    expect(() => readSafetensors(caseFile('P1', 'shape_bigger_than_bytes'))).toThrow(/tensor w.*4000000 bytes.*12/);
  });

  it('P1: every file cut short, lengthened or of random bytes is refused', () => {
    const whole = writeSafetensors(
      new Map<string, Tensor>([['w', { dtype: 'F32', shape: [3], data: Float32Array.of(1.5, -2, 0.25) }]]),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), fc.uint8Array({ minLength: 1 }), (length, extra) => {
        expect(() => readSafetensors(whole.slice(0, length))).toThrow(CheckpointError);
        expect(() => readSafetensors(Uint8Array.from([...whole, ...extra]))).toThrow(CheckpointError);
        expect(() => readSafetensors(extra)).toThrow(CheckpointError);
      }),
    );
  });

  it.each([
    ['an array', '[]', 0],
    ['a space first', ` ${valid}`, 12],
    ['an unknown dtype', valid.replace('F32', 'F8_E4M3'), 12],
    ['a name of the prototype as dtype', valid.replace('F32', 'toString'), 12],
    ['no dtype', '{"w":{"shape":[3],"data_offsets":[0,12]}}', 12],
    ['no tensor object', '{"w":null}', 0],
    ['a negative side', valid.replace('[3]', '[-3]'), 12],
    ['a fraction as side', valid.replace('[3]', '[1.5,2]'), 12],
    ['sides whose product overflows', valid.replace('[3]', '[4503599627370496,4503599627370496]'), 12],
    ['offsets the wrong way', valid.replace('[0,12]', '[12,0]'), 12],
    ['three offsets', valid.replace('[0,12]', '[0,12,12]'), 12],
    ['a gap', valid.replace('[0,12]', '[4,16]'), 16],
    [
      'an overlap',
      '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}',
      6,
    ],
    ['metadata that is no text', '{"__metadata__":{"a":1}}', 0],
    ['metadata that is a list', '{"__metadata__":["a"]}', 0],
  ])('P1: a header with %s is refused', (_, header, bytes) => {
    expect(() => readSafetensors(file(header, new Uint8Array(bytes)))).toThrow(CheckpointError);
  });

  it('D3: an unaligned file reads the same from every container', () => {
    for (const bytes of containers(caseFile('D3', 'safetensors_unaligned'))) {
      const { tensors } = readSafetensors(bytes);
      expect(tensors.get('a')).toEqual({ dtype: 'U8', shape: [3], data: Uint8Array.of(7, 8, 9) });
      expect(tensors.get('w')).toEqual({ dtype: 'F32', shape: [3], data: Float32Array.of(1.5, -2, 0.25) });
    }
  });

  it('gives tensors of their own, not views of the bytes', () => {
    const bytes = Buffer.from(caseFile('D3', 'safetensors_unaligned'));
    const { tensors } = readSafetensors(bytes);
    bytes.fill(0);
    expect(tensors.get('a')?.data).toEqual(Uint8Array.of(7, 8, 9));
  });

  it('reads F16 and BF16 as float32', () => {
    const half = file('{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}', [0x00, 0x3c, 0x00, 0xc0]);
    expect(readSafetensors(half).tensors.get('w')?.data).toEqual(Float32Array.of(1, -2));
    const brain = file('{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}', [0x80, 0x3f, 0x20, 0xc0]);
    expect(readSafetensors(brain).tensors.get('w')?.data).toEqual(Float32Array.of(1, -2.5));
  });
});

describe('writeSafetensors', () => {
  const shape = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 });
  const tensor = fc
    .tuple(shape, fc.constantFrom('F32', 'U8', 'I64', 'U32', 'F64'), fc.infiniteStream(fc.nat(255)))
    .map(([sides, dtype, stream]): Tensor => {
      const numbers = [...stream.take(sides.reduce((product, side) => product * side, 1))];
      switch (dtype) {
        case 'U8':
          return { dtype, shape: sides, data: Uint8Array.from(numbers) };
        case 'I64':
          return { dtype, shape: sides, data: BigInt64Array.from(numbers, (value) => -BigInt(value)) };
        case 'U32':
          return { dtype, shape: sides, data: Uint32Array.from(numbers) };
        case 'F64':
          return { dtype, shape: sides, data: Float64Array.from(numbers) };
        default:
          return { dtype: 'F32', shape: sides, data: Float32Array.from(numbers, (value) => value / 8) };
      }
    });

  it('writes what readSafetensors reads, names and metadata of any text', () => {
    const name = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('__proto__', '0', 'encoder.0.weight'));
    const metadata = fc.dictionary(fc.string(), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(name, tensor), { maxLength: 6 }), metadata, (pairs, texts) => {
        const tensors = new Map(pairs);
        tensors.delete('__metadata__');
        const read = readSafetensors(writeSafetensors(tensors, texts));
        expect(read.tensors).toEqual(new Map([...tensors]));
        expect(Object.entries(read.metadata)).toEqual(Object.entries(texts));
      }),
    );
  });

  it('P4: a [2, 3] weight keeps its shape, and its bytes stand row by row', () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const bytes = writeSafetensors(new Map<string, Tensor>([['weight', { dtype: 'F32', shape: [2, 3], data }]]));
    const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
    expect(header.weight).toEqual({ dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
    expect(new Float32Array(bytes.slice(start).buffer)).toEqual(data);
  });

  it('aligns every tensor to its own width, whatever the order given', () => {
    const bytes = writeSafetensors(
      new Map<string, Tensor>([
        ['a', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
        ['b', { dtype: 'F64', shape: [1], data: Float64Array.of(4) }],
        ['c', { dtype: 'F32', shape: [1], data: Float32Array.of(5) }],
      ]),
    );
    const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
    expect([start % 8, header.b.data_offsets[0], header.c.data_offsets[0]]).toEqual([0, 0, 8]);
  });

  it('refuses data that do not fit their shape', () => {
    const tensors = new Map<string, Tensor>([['w', { dtype: 'F32', shape: [2, 2], data: new Float32Array(3) }]]);
    expect(() => writeSafetensors(tensors)).toThrow(ShapeError);
    expect(() => writeSafetensors(tensors)).toThrow(/tensor w: shape \[2, 2\] is 4 numbers, got 3/);
  });
});

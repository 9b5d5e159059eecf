import { describe, expect, it } from 'vitest';
import {
  evaluateRetrieval,
  type FitAdapterOptions,
  fitAdapter,
  fitMigration,
  loadAdapter,
  toQrels,
  toVectors,
  type Weights,
} from '../../ts/entries/adapters-node.js';
import { CheckpointError, InternalError, KantorovichError, OptionsError } from '../../ts/entries/node.js';
import { seededRandom } from '../support/random.js';
import { drawnAdapter, everyShape } from './drawn-adapter.js';

const rows = Array.from({ length: 40 }, (_, i) => [Math.cos(i), Math.sin(i), Math.cos(3 * i)]);
const set = { queries: rows, documents: rows, qrels: 'pairs' } as const;
const adapter = drawnAdapter(3, 'query', null, 1);

const junk: readonly unknown[] = [
  ...[null, 7, -1, 0.5, Number.NaN, 2n, true, 'x', '', '123', Symbol('s'), () => 1],
  ...[[], {}, new Map(), new Date(), new Float32Array(3), [null], [[null]], ['1', '2', '3']],
  ...[{ data: null }, { data: 5, dims: 2 }, { data: new Float32Array(4) }, { bytes: 'x' }, { rows: 1, cols: 1 }],
  ...[{ embeddings: null }, { embeddings: [null] }, { data: [null] }],
];

/** Fails where a call throws what is no error of the library. */
async function expectTyped(what: string, call: () => unknown): Promise<void> {
  try {
    await call();
  } catch (error) {
    const isTyped = error instanceof KantorovichError && !(error instanceof InternalError);
    expect(isTyped, `${what}: ${String(error)}`).toBe(true);
  }
}

describe('wrong arguments get an error of the library', () => {
  const nothing = undefined as never;
  it.each<[string, () => unknown]>([
    ['evaluateRetrieval()', () => evaluateRetrieval(nothing)],
    ['evaluateRetrieval({})', () => evaluateRetrieval({} as never)],
    ['fitAdapter()', () => fitAdapter(nothing)],
    ['fitAdapter({})', () => fitAdapter({} as never)],
    ['fitMigration()', () => fitMigration(nothing)],
    ['fitMigration({})', () => fitMigration({} as never)],
    ['loadAdapter()', () => loadAdapter(nothing)],
    ['toVectors()', () => toVectors(nothing, 'rows')],
    ['toQrels()', () => toQrels(nothing, nothing, nothing)],
    ['adapter.query(null)', () => adapter.query(null as never)],
    ['adapter.query of text', () => adapter.query(['1', '2', '3'] as never)],
    ['adapter.query of null', () => adapter.query([1, null, 3] as never)],
    ['adapter.query of 64-bit integers', () => adapter.query(new BigInt64Array(3).fill(1n) as never)],
    ['adapter.queries of 64-bit integers', () => adapter.queries([new BigInt64Array(3).fill(1n)] as never)],
    ['toVectors of dims alone', () => toVectors({ dims: 3 } as never, 'rows')],
    ['toVectors of null with dims', () => toVectors({ data: null, dims: 3 } as never, 'rows')],
    ['toVectors by no scale', () => toVectors({ data: new Int8Array(3), dims: 3, scale: null } as never, 'rows')],
    [
      'toVectors by a scale of 64 bits',
      () => toVectors({ data: new Int8Array(1), dims: 1, scale: [1n] } as never, 'rows'),
    ],
    ['toQrels of offsets alone', () => evaluateRetrieval({ ...set, qrels: { offsets: new Uint32Array(41) } } as never)],
    ['a perceptron that no memory holds', () => fitAdapter({ ...set, hidden: 1e9 })],
    ['adapter.documents()', () => adapter.documents(nothing)],
    ['adapter.threshold()', () => adapter.threshold(nothing)],
    ['adapter.save()', () => adapter.save(nothing)],
    ['an unknown option of evaluateRetrieval', () => evaluateRetrieval({ ...set, metrics: 'cosine' } as never)],
    ['an unknown option of query', () => adapter.query([1, 2, 3], { size: 3 } as never)],
  ])('%s', async (_, call) => {
    await expect((async () => call())()).rejects.toBeInstanceOf(KantorovichError);
  });

  it('names options that there are not, and those that there are', () => {
    expect(() => evaluateRetrieval({ ...set, metrics: 'cosine' } as never)).toThrow(
      /evaluateRetrieval has no option 'metrics': it takes queries, documents, qrels, k, metric/,
    );
  });

  it.each(['model', 'prefix', 'signal'])(
    '%s of another kind is refused, and no file is written that none can load',
    async (name) => {
      for (const value of [5, null, {}, true, ['x'], ...(name === 'signal' ? ['x', { aborted: false }] : [])]) {
        const options = { ...set, maxEpochs: 1, learningRate: 1e-3, [name]: value } as never;
        await expect(fitAdapter(options)).rejects.toThrow(OptionsError);
        await expect(fitAdapter(options)).rejects.toThrow(new RegExp(`^${name} must be`));
      }
    },
  );

  it('whatever is given in the place of an argument', async () => {
    const functions: Readonly<Record<string, (value: never) => unknown>> = {
      evaluateRetrieval,
      ...{ fitAdapter, fitMigration, loadAdapter },
      ...{ query: adapter.query, document: adapter.document, queries: adapter.queries, documents: adapter.documents },
      ...{ toBytes: adapter.toBytes, toONNX: adapter.toONNX, toMatrix: adapter.toMatrix },
      ...{ probability: adapter.probability, threshold: adapter.threshold },
      'query options': (value) => adapter.query([1, 2, 3], value),
      'queries options': (value) => adapter.queries([[1, 2, 3]], value),
      'loadAdapter options': (value) => loadAdapter(adapter.toBytes(), value),
      toVectors: (value) => toVectors(value, 'rows'),
      toQrels: (value) => toQrels(value, toVectors(rows, 'q'), toVectors(rows, 'd')),
      'toQrels vectors': (value) => toQrels('pairs', value, value),
    };
    for (const [name, call] of Object.entries(functions)) {
      for (const value of junk) await expectTyped(`${name} of ${String(value)}`, () => call(value as never));
    }
  });

  it('whatever is given in the place of an option', async () => {
    const evaluation = ['queries', 'documents', 'qrels', 'k', 'metric', 'truncate', 'quantize', 'onProgress'];
    for (const name of [...evaluation, 'deterministic']) {
      for (const value of junk) {
        await expectTyped(`${name} ${String(value)}`, () => evaluateRetrieval({ ...set, [name]: value } as never));
      }
    }
    const fit = [
      ...['queries', 'documents', 'qrels', 'adapt', 'rank', 'hidden', 'dims', 'objective', 'scale', 'negatives'],
      ...['candidates', 'learningRate', 'batch', 'maxEpochs', 'patience', 'split', 'maxDrift', 'precision', 'seed'],
      ...['onEpoch', 'deterministic', 'model', 'prefix', 'signal'],
    ];
    // What is no option's value: a fit that begins would take its time.
    const never = [null, Number.NaN, 2n, 'x', Symbol('s'), { data: null }, [null]];
    for (const name of fit) {
      for (const value of never) {
        const options = { ...set, maxEpochs: 1, learningRate: 1e-3, [name]: value };
        await expectTyped(`${name} ${String(value)}`, () => fitAdapter(options as never));
      }
    }
  });
});

describe('bad data', () => {
  const more = (i: number, row: readonly number[]) => rows.map((own, j) => (i === j ? row : own));
  const named = { data: Float32Array.from(rows.flat()), dims: 3, ids: rows.map((_, i) => (i === 7 ? 'a' : `d${i}`)) };
  it.each<[string, Partial<Record<keyof FitAdapterOptions, unknown>>, RegExp]>([
    ['a zero vector', { queries: more(3, [0, 0, 0]) }, /queries: row 3 is a zero vector/],
    ['NaN', { documents: more(5, [1, Number.NaN, 0]) }, /documents: row 5 column 1 is NaN/],
    ['ragged documents', { documents: more(6, [1, 2]) }, /documents: row 6 has 2 numbers, row 0 has 3/],
    [
      'an id twice',
      { documents: { ...named, ids: named.ids.map((id, i) => (i === 9 ? 'a' : id)) } },
      /ids\[9\]: id "a" is there already at ids\[7\]/,
    ],
    [
      '1 beside "1"',
      { queries: { ...named, ids: named.ids.map((id, i) => (i < 2 ? [1, '1'][i] : id)) } },
      /id "1" is text here and a number at ids\[0\]/,
    ],
    ['no positives', { qrels: rows.map((_, i) => [i, i, 0]) }, /none of the 40 judgements has a grade above 0/],
    [
      'a query whose only positive is absent',
      { qrels: '0 0 0 1\n1 0 99 1\n' },
      /line 2: document "99" is none of the 40 documents/,
    ],
    ['qrels of an unknown query', { qrels: { 0: [0], q1: [1] } }, /query "q1": query "q1" is none of the 40 queries/],
    [
      'two sizes',
      { documents: rows.map((row) => [...row, 1]), adapt: 'both' },
      /queries have 3 (numbers|dimensions)(,| and) documents 4/,
    ],
    [
      'lines of two sizes',
      { queries: '{"embedding":[1,2,3]}\n{"embedding":[1,2]}' },
      /queries: line 2: field embedding has 2 numbers, line 1 has 3/,
    ],
    ['a truncated file', { documents: Uint8Array.of(0x93, 0x4e, 0x55) }, /documents: not an \.npy file/],
  ])('is refused before anything is computed: %s', async (_, bad, message) => {
    await expect(fitAdapter({ ...set, ...bad } as FitAdapterOptions)).rejects.toThrow(message);
    const { adapt: __, ...rest } = bad;
    expect(() => evaluateRetrieval({ ...set, ...rest } as never)).toThrow(message);
  });

  it('one query is too few to divide, and enough to evaluate', async () => {
    const one = { queries: rows.slice(0, 1), documents: rows, qrels: [[0, 0]] } as const;
    await expect(fitAdapter(one)).rejects.toThrow(/1 queries with a relevant document make 1 different queries/);
    expect(evaluateRetrieval(one).metrics['recall@1']).toBe(1);
  });
});

it('100 adapter files that were tampered with give an error or the same adapter', () => {
  const random = seededRandom(100);
  const shapes = everyShape(6);
  let refused = 0;
  for (let run = 0; run < 100; run++) {
    const shape = shapes[random.below(shapes.length)];
    const weights = (['f32', 'f16', 'int8'] as const satisfies readonly Weights[])[run % 3];
    const whole = drawnAdapter(6, shape.adapt, shape.rank, run + 1, shape).toBytes({ weights });
    const wanted = loadAdapter(whole).toBytes();
    const file = tampered(whole, random);
    try {
      expect(loadAdapter(file).toBytes(), `run ${run}`).toEqual(wanted);
    } catch (error) {
      expect(error, `run ${run}: ${error}`).toBeInstanceOf(CheckpointError);
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(80);
});

/** Bits flipped, bytes put in or left out, the end cut off, or a word of the header replaced by another of its kind. */
function tampered(file: Uint8Array, random: ReturnType<typeof seededRandom>): Uint8Array {
  const bytes = [...file];
  const header = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  switch (random.below(5)) {
    case 0:
      for (let flip = 0; flip <= random.below(4); flip++) bytes[random.below(bytes.length)] ^= 1 << random.below(8);
      break;
    case 1:
      bytes.length = random.below(bytes.length);
      break;
    case 2:
      bytes.splice(random.below(bytes.length), 1);
      break;
    case 3:
      bytes.splice(random.below(bytes.length), 0, random.below(256));
      break;
    default: {
      const text = Buffer.from(bytes.slice(8, 8 + header)).toString('latin1');
      const words = [...text.matchAll(/\d+|query|document|shared|both|F32|F16|I8|full|mlp|map|null/g)];
      const word = words[random.below(words.length)];
      const others = words.filter(([other]) => other !== word[0] && other.length === word[0].length);
      const other = others.length === 0 ? word[0] : others[random.below(others.length)][0];
      const edited = text.slice(0, word.index) + other + text.slice(word.index + other.length);
      return Uint8Array.from([...bytes.slice(0, 8), ...Buffer.from(edited, 'latin1'), ...bytes.slice(8 + header)]);
    }
  }
  return Uint8Array.from(bytes);
}

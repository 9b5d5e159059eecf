import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Tensor, writeSafetensors } from '../../ts/data/safetensors.js';
import type { Handler } from '../../ts/entries/serverless.js';
import { npyFile } from '../adapters/npy-file.js';
import { seededRandom } from '../support/random.js';
import { faq, type GoodRequest, goodRequests } from './good-requests.js';
import { poster, sameBitsHandler, trainedModel } from './trained.js';

/** A body that was tampered with; one that `mayPass` may still be right. */
interface Tampered {
  readonly body: Uint8Array | string;
  readonly type: string;
  readonly mayPass: boolean;
}

const RUNS = 200;
const json = 'application/json';
const octets = 'application/octet-stream';
const utf8 = (text: string) => new TextEncoder().encode(text);

const junk = fc.constantFrom<unknown>(
  ...[
    null,
    true,
    -1,
    0.5,
    Number.MAX_VALUE,
    2 ** 53,
    '',
    'x',
    '../model.safetensors',
    'http://localhost/',
    '__proto__',
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    [[null]],
    [['1']],
    [[1], [1, 2]],
    [[1e39]],
    [[0]],
    { data: [1], dims: 1 },
    { rows: 1e9, cols: 1e9 },
  ],
  ...[
    { bytes: 'x' },
    { path: '/etc/passwd' },
    { embeddings: [null] },
    { data: [{ embedding: 'AAAA' }] },
    [{ embedding: [1] }],
  ],
  ...[
    { toString: 1, constructor: {} },
    JSON.parse('{"__proto__":{"rows":1}}'),
    { shape: [1, 1], dtype: 'F32', data: [1] },
  ],
);

/** Fields that {@link goodRequests} leave out. */
const FURTHER: Readonly<Record<string, readonly string[]>> = {
  fit: ['queryIds', 'negatives', 'split', 'dims', 'seed', 'hidden', 'learningRate'],
  evaluate: ['queryIds', 'k', 'perQuery', 'metric', 'truncate'],
  probe: ['strengths', 'tolerance', 'maxIterations'],
};

/** What says odd things of itself, within forms that routes look into. */
const { poison } = fc.letrec<{ poison: unknown }>((tie) => ({
  poison: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(
      { toString: 1 },
      { constructor: { name: { toString: 1 } } },
      { length: 1e9 },
      { length: { toString: 1 } },
      { toJSON: 1, valueOf: 1 },
    ),
    tie('poison').map((inner) => [inner]),
    tie('poison').map((inner) => [0, inner]),
    tie('poison').map((inner) => [{ embedding: inner }]),
    tie('poison').map((inner) => ({ data: [inner], dims: inner })),
    tie('poison').map((inner) => ({ bytes: inner, name: inner })),
    tie('poison').map((inner) => ({ embeddings: inner, q1: inner })),
    tie('poison').map((inner) => ({ rows: inner, cols: inner, data: inner })),
  ),
}));

const CLOSING = new Map([
  ['', ''],
  ['{\\"0\\":', '}'],
  ['[{\\"embedding\\":', '}]'],
]);

/** JSON in a field of text, deeper than a stack; brackets of a body that are escaped count as none. */
const deepText = fc
  .tuple(fc.constantFrom('', '{\\"0\\":', '[{\\"embedding\\":'), fc.integer({ min: 1, max: 100_000 }))
  .map(([start, depth]) => `"${start}${'\\u005b'.repeat(depth)}${'\\u005d'.repeat(depth)}${CLOSING.get(start)}"`);

/** Tensors of other types, shapes and values than the route takes. */
function wrongTensor(tensor: Tensor, kind: number): Tensor {
  const { shape, data } = tensor;
  const floats = Float32Array.from(data, Number);
  const whole: Tensor = { dtype: 'F32', shape, data: floats };
  switch (kind) {
    case 0:
      return { ...whole, data: floats.map((value, i) => (i === 0 ? Number.NaN : value)) };
    case 1:
      return { ...whole, data: floats.map((value, i) => (i === 1 ? Number.POSITIVE_INFINITY : value)) };
    case 2:
      return { dtype: 'U64', shape, data: BigUint64Array.from(floats, () => 2n ** 63n) };
    case 3:
      return { ...whole, shape: [data.length, 1, 1] };
    case 4:
      return { ...whole, shape: [], data: floats.subarray(0, 1) };
    case 5:
      return { ...whole, shape: [0, shape[1] ?? 1], data: new Float32Array() };
    default:
      return { ...whole, shape: [1, 5000], data: new Float32Array(5000).fill(1) };
  }
}

function tampered({ route, fields, tensors, array }: GoodRequest): fc.Arbitrary<Tampered> {
  const text = JSON.stringify(fields);
  const file = writeSafetensors(tensors, { fields: JSON.stringify(scalars(fields)) });
  const first = array === null ? undefined : tensors.get(array);
  const npy = first && npyFile('<f4', first.shape, new Uint8Array(Float32Array.from(first.data, Number).buffer));
  const cut = (bytes: Uint8Array, type: string) =>
    fc.nat(bytes.length - 1).map((length) => ({ body: bytes.slice(0, length), type, mayPass: false }));
  const flipped = (bytes: Uint8Array, type: string) =>
    fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
      const body = bytes.slice();
      body[at] ^= mask;
      return { body, type, mayPass: true };
    });
  const binary = [file, ...(npy ? [npy] : [])];
  return fc.oneof(
    fc.uint8Array({ maxLength: 64 }).map((body) => ({ body, type: octets, mayPass: false })),
    fc.string({ unit: 'binary' }).map((body) => ({ body, type: json, mayPass: false })),
    fc.json().map((body) => ({ body, type: json, mayPass: false })),
    fc.nat(20_000).map((depth) => ({ body: '['.repeat(depth), type: json, mayPass: false })),
    fc.nat(20_000).map((depth) => ({
      ...{ body: `{"x":${'['.repeat(depth + 20)}${']'.repeat(depth + 20)}}`, type: json, mayPass: false },
    })),
    cut(utf8(text), json),
    flipped(utf8(text), json),
    ...binary.flatMap((bytes) => [cut(bytes, octets), flipped(bytes, octets)]),
    fc.tuple(fc.constantFrom(...Object.keys(fields), 'other'), junk).map(([name, value]) => ({
      ...{ body: JSON.stringify({ ...fields, [name]: value }), type: json, mayPass: true },
    })),
    fc
      .tuple(fc.constantFrom(...Object.keys(fields), ...(FURTHER[route] ?? ['other'])), poison)
      .map(([name, value]) => ({
        ...{ body: JSON.stringify({ ...fields, [name]: value }), type: json, mayPass: false },
      })),
    fc.tuple(fc.constantFrom(...Object.keys(fields)), deepText).map(([name, deep]) => ({
      ...{ body: `${JSON.stringify({ ...fields, [name]: undefined }).slice(0, -1)},"${name}":${deep}}`, type: json },
      mayPass: false,
    })),
    fc.tuple(fc.constantFrom(...tensors.keys()), fc.nat(6)).map(([name, kind]) => {
      const wrong = wrongTensor(tensors.get(name) as Tensor, kind);
      const body = writeSafetensors(new Map([...tensors, [name, wrong]]), { fields: JSON.stringify(scalars(fields)) });
      return { body, type: octets, mayPass: false };
    }),
  );
}

/** What stands beside arrays. */
function scalars(fields: GoodRequest['fields']): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !Array.isArray(value)));
}

const withoutTime = (text: string) => text.replace(/"seconds":[\d.e-]+/, '"seconds":0');

describe('bodies that were tampered with', () => {
  let handler: Handler;
  beforeAll(async () => {
    handler = sameBitsHandler({ model: (await trainedModel()).toBytes(), adapters: { faq: faq.toBytes() } });
  });

  it.each(goodRequests.map((good) => [good.route, good] as const))(
    `get a 4xx that says why from /%s, ${RUNS} of them, and the next request its answer`,
    async (route, good) => {
      const post = poster(handler);
      const answer = async () => {
        const response = await post(`/${route}`, good.fields);
        expect(response.status).toBe(200);
        return withoutTime(await response.text());
      };
      const expected = await answer();
      const file = writeSafetensors(good.tensors, { fields: JSON.stringify(scalars(good.fields)) });
      expect(withoutTime(await (await post(`/${route}`, file)).text())).toBe(expected);
      const statuses = new Map<number, number>();
      const property = fc.asyncProperty(tampered(good), async ({ body, type, mayPass }) => {
        const response = await post(`/${route}`, body, { 'content-type': type });
        const { status } = response;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (mayPass && status === 200) return;
        const { error } = (await response.json()) as { error: { name: string; message: string } };
        expect(status, error.message).toBeGreaterThanOrEqual(400);
        expect(status, error.message).toBeLessThan(500);
        expect(error.name).toMatch(/^(Request|Options|Data|Shape|Checkpoint)Error$/);
        expect(error.message.length).toBeGreaterThan(10);
        expect(error.message).not.toMatch(/node_modules|\.ts\b|\.js\b|\n\s+at /);
        expect(await answer()).toBe(expected);
      });
      await fc.assert(property, { numRuns: RUNS });
      expect([...statuses.keys()].filter((status) => status >= 400).length).toBeGreaterThan(1);
    },
  );

  it('are not mixed up with others that are answered at the same time', async () => {
    const post = poster(handler);
    const random = seededRandom(4);
    const expected = new Map<string, string>();
    for (const { route, fields } of goodRequests) {
      expected.set(route, withoutTime(await (await post(`/${route}`, fields)).text()));
    }
    const mixed = Array.from({ length: 120 }, async () => {
      const { route, fields } = goodRequests[random.below(goodRequests.length)] ?? goodRequests[0];
      const isLong = route === 'fit' || route === 'probe';
      if (random.below(3) === 0) {
        const { status } = await post(`/${route}`, JSON.stringify(fields).slice(1));
        expect(isLong && status === 503 ? 400 : status).toBe(400);
        return;
      }
      const response = await post(`/${route}`, fields);
      if (isLong && response.status === 503) return;
      expect(withoutTime(await response.text())).toBe(expected.get(route));
    });
    await Promise.all(mixed);
  });
});

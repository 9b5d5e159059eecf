import { describe, expect, it } from 'vitest';
import { type Tensor, writeSafetensors } from '../../../ts/data/safetensors.js';
import { linearProbe } from '../../../ts/evaluation/linear-probe.js';
import { normalRows, seededRandom } from '../../support/random.js';
import { poster, refusal, sameBitsHandler } from '../trained.js';

const random = seededRandom(6);
const labels = Array.from({ length: 100 }, () => random.below(3));
const features = normalRows(random, 100, 4).map((row, i) => row.map((value, k) => value + (k === labels[i] ? 3 : 0)));
const post = poster(sameBitsHandler());

const part = (fifths: readonly number[]) => {
  const kept = labels.map((_, row) => row).filter((row) => fifths.includes(row % 5));
  return { features: kept.map((row) => features[row]), labels: Uint8Array.from(kept, (row) => labels[row]) };
};
const parts = { train: part([0, 1, 2]), validation: part([3]), test: part([4]) };

describe('POST /probe', () => {
  it('gives what linearProbe does of parts, and of every fifth row of one set', async () => {
    const expected = linearProbe(parts, { maxIterations: 100 });
    expect(expected.accuracy).toBeGreaterThan(0.8);
    expect(await (await post('/probe', { features, labels })).json()).toEqual(expected);
    const fields = Object.entries(parts).flatMap(([name, one]) => [
      [`${name}Features`, one.features],
      [`${name}Labels`, [...one.labels]],
    ]);
    expect(await (await post('/probe', Object.fromEntries(fields))).json()).toEqual(expected);
  });

  it('takes several factors, labels of 64 bits, and options', async () => {
    const two = labels.map((label) => [label, label % 2]);
    const tensors = new Map<string, Tensor>([
      ['features', { dtype: 'F64', shape: [100, 4], data: Float64Array.from(features.flat()) }],
      ['labels', { dtype: 'I64', shape: [100, 2], data: BigInt64Array.from(two.flat().map(BigInt)) }],
    ]);
    const answer = (await (await post('/probe?strengths=[0.1]&maxIterations=7', writeSafetensors(tensors))).json()) as {
      perFactor: number[];
      strength: number;
    };
    expect(answer.perFactor).toHaveLength(2);
    expect(answer.strength).toBe(0.1);
    expect(await (await post('/probe', { features, labels: two, strengths: [0.1], maxIterations: 7 })).json()).toEqual(
      answer,
    );
  });

  it.each([
    [{ features }, 400, 'in the field labels'],
    [{ features, labels: labels.slice(1) }, 422, 'labels of 100 items, got 99'],
    [{ features, labels: labels.map(() => 256) }, 422, 'a class from 0 to 255'],
    [{ features, labels: labels.map(() => '1') }, 422, 'number 0 must be'],
    [{ features, labels: labels.map((label, i) => (i === 3 ? [label, 1] : [label])) }, 422, 'row 3'],
    [{ features, labels, strengths: 3 }, 400, 'strengths must be'],
    [{ features, labels, strengths: [-1] }, 400, 'strengths'],
    [{ features, labels, strengths: [] }, 400, 'strengths'],
    [{ features, labels, maxIterations: 101 }, 413, 'at most 100 steps'],
    [{ features, labels, maxIterations: 1.5 }, 400, 'maxIterations'],
    [{ features, labels, strengths: Array(100_000).fill(1) }, 413, 'numbers of a probe'],
    [{ features: features.slice(0, 3), labels: labels.slice(0, 3) }, 422, ''],
  ])('refuses case %#', async (body, status, message) => {
    expect(await refusal(await post('/probe', body))).toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });
});

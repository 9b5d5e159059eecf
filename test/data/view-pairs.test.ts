import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageRows } from '../../ts/data/image-rows.js';
import { viewPairs } from '../../ts/data/view-pairs.js';
import { DataError, OptionsError } from '../../ts/wasm/errors.js';
import { seededRandom } from '../support/random.js';
import { readBatches } from './read-batches.js';

const untouched = { crop: 1, shift: 0, flip: false, noise: 0 };

function noiseImages(count: number, width: number, height: number, channels: 1 | 3): ImageRows {
  const random = seededRandom(count);
  const cols = width * height * channels;
  const data = Float32Array.from({ length: count * cols }, () => random.uniform());
  return { width, height, channels, rows: { data, rows: count, cols } };
}

const size = fc.integer({ min: 1, max: 7 });
const shape = fc.record({ width: size, height: size, channels: fc.constantFrom<1 | 3>(1, 3) });

describe('viewPairs', () => {
  it('gives each image as it is where nothing is done to it', async () => {
    await fc.assert(
      fc.asyncProperty(shape, async ({ width, height, channels }) => {
        const images = noiseImages(5, width, height, channels);
        const [{ x, y }] = await readBatches(viewPairs(images, untouched), 1, { batch: 5, seed: 1 });
        expect(y).toEqual(x);
        expect(Float32Array.from(x).sort()).toEqual(images.rows.data.slice().sort());
      }),
    );
  });

  it('mirrors about half of the views, and nothing else, when only flips are asked for', async () => {
    const image = { ...noiseImages(1, 3, 2, 3) };
    const mirrored = [2, 1, 0, 5, 4, 3].flatMap((pixel) =>
      Array.from(image.rows.data.subarray(pixel * 3, pixel * 3 + 3)),
    );
    const batches = await readBatches(viewPairs(image, { ...untouched, flip: true }), 200, { batch: 1, seed: 5 });
    const views = batches.flatMap(({ x, y }) => [x.join(), y.join()]);
    const flipped = views.filter((view) => view === Float32Array.from(mirrored).join()).length;
    expect(views.filter((view) => view === image.rows.data.join()).length + flipped).toBe(400);
    // Within five standard deviations (10 each) of 200.
    expect(Math.abs(flipped - 200)).toBeLessThan(50);
  });

  it('adds noise of the deviation that is asked for, fresh in every view', async () => {
    const images = noiseImages(1, 20, 25, 1);
    const [{ x, y }] = await readBatches(viewPairs(images, { ...untouched, noise: 0.25 }), 1, { batch: 1, seed: 2 });
    const errors = Array.from(x, (value, i) => value - images.rows.data[i]);
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    // 500 numbers: the deviation is known to 3 %.
    expect(Math.abs(deviation / 0.25 - 1)).toBeLessThan(0.15);
    expect(x).not.toEqual(y);
  });

  it('stays within the image: a crop or a shift invents no value beyond its range', async () => {
    const options = fc.record({ crop: fc.double({ min: 0.1, max: 1, noNaN: true }), shift: fc.nat(9) });
    await fc.assert(
      fc.asyncProperty(shape, options, fc.nat(), async ({ width, height, channels }, { crop, shift }, seed) => {
        const images = noiseImages(3, width, height, channels);
        const source = viewPairs(images, { crop, shift, flip: true, noise: 0 });
        const [{ x, y }] = await readBatches(source, 1, { batch: 3, seed });
        const [least, most] = [Math.min(...images.rows.data), Math.max(...images.rows.data)];
        for (const value of [...x, ...y]) expect(value >= least - 1e-6 && value <= most + 1e-6).toBe(true);
      }),
    );
  });

  it('crops: of a ramp the views keep the slope times the crop, at different places', async () => {
    const data = Float32Array.from({ length: 100 }, (_, i) => i % 10);
    const ramp: ImageRows = { width: 10, height: 10, channels: 1, rows: { data, rows: 1, cols: 100 } };
    const batches = await readBatches(viewPairs(ramp, { ...untouched, crop: 0.5 }), 20, { batch: 1, seed: 3 });
    const slopes = batches.map(({ x }) => x[5] - x[4]);
    for (const slope of slopes) expect(slope > 0.4999 && slope < 1.0001).toBe(true);
    expect(new Set(slopes).size).toBe(20);
  });

  it('A2: resumes exactly in mid-epoch', async () => {
    const source = viewPairs(noiseImages(10, 4, 3, 1), { flip: true, shift: 1 });
    const whole = await readBatches(source, 12, { batch: 3, seed: 9 });
    for (const stop of [0, 1, 2, 6]) {
      const from = JSON.parse(JSON.stringify(whole[stop].cursor));
      expect(await readBatches(source, 11 - stop, { batch: 3, seed: 9, from })).toEqual(whole.slice(stop + 1));
    }
  });

  it.each([
    { crop: 0 },
    { crop: 1.1 },
    { crop: Number.NaN },
    { shift: -1 },
    { noise: -0.1 },
    { noise: Number.POSITIVE_INFINITY },
  ])('refuses %o', (options) => {
    expect(() => viewPairs(noiseImages(2, 2, 2, 1), options)).toThrow(OptionsError);
    expect(() => viewPairs(noiseImages(2, 2, 2, 1), options)).toThrow(Object.keys(options)[0]);
  });

  it('refuses pixels that are not finite', () => {
    const images = noiseImages(2, 2, 2, 1);
    images.rows.data[5] = Number.NaN;
    expect(() => viewPairs(images)).toThrow(DataError);
  });
});

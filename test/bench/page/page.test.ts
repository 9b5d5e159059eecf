import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framesOf } from '../../../bench/page/frames.js';
import { measurePage, type PageFigures } from '../../../bench/page/measure.js';
import { pageRecords, pageText } from '../../../bench/page/report.js';
import { chromiumPath } from '../../support/chromium.js';

describe.skipIf(chromiumPath === undefined && process.env.CI === undefined)('measurePage', () => {
  it('trains in a page and counts what that takes', async () => {
    const figures = await measurePage('check', () => {});
    expect(figures?.faults).toEqual([]);
    expect(figures?.frames.count).toBeGreaterThan(1);
    expect(figures?.bytes).toBeGreaterThan(200_000);
    expect(figures?.longestTask).toBeGreaterThan(0);
    expect([...(figures?.speeds ?? [])].map(([name, speed]) => [name, speed > 0])).toEqual([
      ['wpc', true],
      ['cpc', true],
    ]);
  });
});

describe('framesOf', () => {
  it('orders gaps whatever their order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 1 }), (gaps) => {
        const { count, median, percentile99, longest } = framesOf(gaps);
        expect([count, longest]).toEqual([gaps.length, Math.max(...gaps)]);
        expect(median <= percentile99 && percentile99 <= longest).toBe(true);
        expect(gaps.filter((gap) => gap <= median).length).toBeGreaterThanOrEqual(gaps.length / 2);
        expect(gaps.filter((gap) => gap > percentile99).length).toBeLessThanOrEqual(gaps.length / 100);
      }),
    );
  });
});

describe('what is reported of the page', () => {
  const figures: PageFigures = {
    steps: 500,
    bytes: 504_000,
    firstPictures: 400,
    speeds: new Map([
      ['wpc', 9000],
      ['cpc', 11_000],
    ]),
    frames: { count: 200, median: 16.7, percentile99: 33.3, longest: 50 },
    longestTask: 12,
    faults: [],
  };

  it('is text, and one record', () => {
    const text = pageText(figures);
    expect(text).toContain('504 kB under gzip');
    expect(text).toMatch(/200 frames, median 16\.7 ms, 99 % within 33\.3 ms, longest 50\.0 ms/);
    expect(pageText(null)).toContain('no Chromium on this machine');
    expect(pageRecords(null, [])).toEqual([]);
    const [record] = pageRecords(figures, [{ name: 'kantorovich', version: '1' }]);
    expect(record?.case).toEqual({ what: 'demo', steps: 500 });
    expect(record?.ms).toEqual({ kantorovich: 400 });
    expect(record?.metrics).toMatchObject({ bytes: 504_000, 'frames longest': 50, 'pairs a second wpc': 9000 });
  });
});

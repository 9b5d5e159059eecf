import type { Remote } from '../process/remote.js';
import { type BenchRecord, benchRecord, ours } from '../record.js';
import { numberText } from '../table.js';
import type { PageFigures } from './measure.js';

/** What is measured, in one line. */
export const pageAbout =
  'the demo page in headless Chromium while two workers train: its frames, its own thread, its size';

/** The suite's lines. */
export function pageText(figures: PageFigures | null): string {
  const head = `\nPage: ${pageAbout}`;
  if (figures === null) return `${head}\nno Chromium on this machine`;
  const { steps, bytes, firstPictures, speeds, frames, longestTask } = figures;
  const rates = [...speeds].map(([name, speed]) => `${name} ${numberText(speed)}`).join(', ');
  return [
    head,
    `${numberText(bytes / 1000)} kB under gzip for a visit and a training; first pictures after ${numberText(firstPictures)} ms`,
    `${steps} steps of both at once; pairs a second: ${rates}`,
    `${frames.count} frames, median ${numberText(frames.median)} ms, 99 % within ${numberText(frames.percentile99)} ms, longest ${numberText(frames.longest)} ms`,
    `longest task of the page's own thread: ${numberText(longestTask)} ms of processor time`,
  ].join('\n');
}

/** One record. */
export function pageRecords(
  figures: PageFigures | null,
  engines: readonly Pick<Remote, 'name' | 'version'>[],
): readonly BenchRecord[] {
  if (figures === null) return [];
  const { steps, bytes, firstPictures, speeds, frames, longestTask } = figures;
  const metrics = new Map([
    ['bytes', bytes],
    ['longestTask', longestTask],
    ...Object.entries(frames).map(([name, value]): [string, number] => [`frames ${name}`, value]),
    ...[...speeds].map(([name, speed]): [string, number] => [`pairs a second ${name}`, speed]),
  ]);
  const own = engines.filter(({ name }) => name === ours);
  return [
    benchRecord({ suite: 'page', case: { what: 'demo', steps }, ms: new Map([[ours, firstPictures]]), metrics }, own),
  ];
}

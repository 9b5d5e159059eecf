import type { Remote } from '../process/remote.js';
import { type BenchRecord, benchRecord, ours } from '../record.js';
import { numberText, table } from '../table.js';
import { allowed } from './cold-starts.js';
import type { ServerlessFigures } from './measure.js';

/** What is measured, in one line. */
export const serverlessAbout =
  'the function in its runtimes: cold starts, 1,000 requests at once, a fit on 2,000 posted pairs, what is deployed';

/** The tables of the suite. */
export function serverlessTables({ starts, load, fit, bundle }: ServerlessFigures): string {
  const rows = starts.map(({ runtime, empty, embedding }) => [
    runtime,
    ...[empty, embedding, allowed({ empty })].map(numberText),
  ]);
  const [first = 0, last = 0] = [load.heldBytes[0], load.heldBytes.at(-1)];
  const total = [...bundle.values()].reduce((sum, bytes) => sum + bytes, 0);
  const files = [...bundle, ['together', total] as const].map(([name, bytes]) => [name, numberText(bytes / 1000)]);
  return [
    `\nServerless: ${serverlessAbout}`,
    'milliseconds from the start of a process to its first answer, in bundles as docs/serverless.md makes them, medians',
    table(['', 'empty function', 'first embedding', 'allowed (1.3 x empty + 30)'], rows),
    `\n${load.concurrent} requests at once over loopback, ${load.rounds} rounds after a first one: ${load.errors} errors, ` +
      `${numberText(load.ms)} ms a round; the server held ${mebibytes(first)} MiB after one and ${mebibytes(last)} MiB in the end`,
    `fit on ${fit.pairs} pairs of 384 numbers: ${numberText(fit.seconds)} s, ${numberText(fit.cpu)} s of processor time`,
    '\ndeployed to workerd beside the model, kB under gzip',
    table(['', 'kB'], files),
  ].join('\n');
}

/** One record for each cold start, one for the load, the fit, and the bundle. */
export function serverlessRecords(
  { starts, load, fit, bundle }: ServerlessFigures,
  engines: readonly Pick<Remote, 'name' | 'version'>[],
): readonly BenchRecord[] {
  const own = engines.filter(({ name }) => name === ours);
  const record = (what: BenchRecord['case'], ms: number | null, metrics: ReadonlyMap<string, number>): BenchRecord =>
    benchRecord({ suite: 'serverless', case: what, ms: new Map(ms === null ? [] : [[ours, ms]]), metrics }, own);
  const { concurrent, rounds, errors, heldBytes } = load;
  const held = new Map(heldBytes.map((bytes, round) => [`heldBytes ${round + 1}`, bytes]));
  return [
    ...starts.map(({ runtime, empty, embedding }) =>
      record({ what: 'cold-start', runtime }, embedding, new Map([['empty', empty]])),
    ),
    record({ what: 'load', concurrent, rounds }, load.ms, new Map([['errors', errors], ...held])),
    record({ what: 'fit', pairs: fit.pairs }, 1000 * fit.seconds, new Map([['cpuSeconds', fit.cpu]])),
    record({ what: 'bundle' }, null, bundle),
  ];
}

function mebibytes(bytes: number): string {
  return numberText(bytes / 2 ** 20);
}

import type { Remote } from '../process/remote.js';
import { type BenchRecord, benchRecord, ratios } from '../record.js';
import { numberText, table, timeCell } from '../table.js';
import { type ColdTimes, coldEngines } from './cold.js';

/** What is measured, in one line. */
export const coldAbout =
  'a fresh process each time, InfoNCE with the separable critic and all gradients, n 256, d 128; what is downloaded';

const labels: Readonly<Record<string, string>> = {
  import: 'import and start-up',
  'first-loss': 'first loss',
  'import-to-first-loss': 'both together',
  'second-loss': 'second loss',
  'tenth-loss': 'tenth loss',
  instantiate: 'reading, compiling and instantiating the .wasm alone',
};

/** The tables of the suite. */
export function coldTables({ times }: ColdTimes, sizes: ReadonlyMap<string, number>): string {
  const engines = coldEngines.filter((name) => times.get('import')?.has(name));
  const rows = [...times].map(([what, ms]) => [
    labels[what],
    ...engines.map((name) => timeCell(ms.get(name), ratios(ms)[name])),
  ]);
  const files = [...sizes].map(([name, bytes]) => [name, numberText(bytes / 1024)]);
  return [
    `\nA cold start: ${coldAbout}`,
    'milliseconds (in brackets: how many times as long as kantorovich)',
    table(['', ...engines], rows),
    'Medians over processes; the start of Node itself is in none. A first loss compiles; by the tenth the JIT is done.',
    '\nwhat is downloaded, KiB (package: as npm packs it; .gz: under gzip)',
    table(['', 'KiB'], files),
  ].join('\n');
}

/** One record for each thing timed, and one for the sizes. */
export function coldRecords(
  { times }: ColdTimes,
  sizes: ReadonlyMap<string, number>,
  engines: readonly Pick<Remote, 'name' | 'version'>[],
): readonly BenchRecord[] {
  const timed = [...times].map(([what, ms]) =>
    benchRecord(
      { suite: 'cold', case: { what }, ms },
      engines.filter(({ name }) => ms.has(name)),
    ),
  );
  const size = benchRecord({ suite: 'cold', case: { what: 'package-size' }, ms: new Map(), metrics: sizes }, []);
  return [...timed, size];
}

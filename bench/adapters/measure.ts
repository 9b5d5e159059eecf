import type { Extent } from '../suites/suite.js';
import { type Finding, type FindingSizes, measureFindings } from './findings.js';
import { measureQuality, type Quality } from './quality.js';
import { readSet, type SetName, setNames } from './sets.js';

/** What adapters come to. */
export interface AdapterResults {
  readonly qualities: readonly Quality[];
  readonly findings: readonly Finding[];
  /** A line for each set that is known to gain and did not. */
  readonly faults: readonly string[];
}

interface Plan {
  readonly sets: readonly SetName[];
  readonly seeds: number;
  readonly findings: FindingSizes | null;
}

const plans: Readonly<Record<Extent, Plan>> = {
  check: { sets: ['ts-messages'], seeds: 1, findings: null },
  quick: { sets: ['ts-messages', 'py-code'], seeds: 1, findings: null },
  full: { sets: setNames, seeds: 3, findings: { seeds: 3, shuffles: 20, large: 10_000 } },
};

/** Fits the sets, and measures what else is claimed. */
export async function measureAdapters(extent: Extent, onProgress: (state: string) => void): Promise<AdapterResults> {
  const { sets, seeds, findings: sizes } = plans[extent];
  const qualities: Quality[] = [];
  for (const set of sets) {
    onProgress(`adapters: ${set}`);
    qualities.push(await measureQuality(readSet(set), seeds));
  }
  const findings = sizes ? await measureFindings(sizes, (state) => onProgress(`adapters: ${state}`)) : [];
  return { qualities, findings, faults: faultsOf(qualities) };
}

/** Both gained in each of many seeds by far more than their verdict asks for. */
function faultsOf(qualities: readonly Quality[]): readonly string[] {
  return qualities
    .filter(({ set, improved }) => (set === 'ts-messages' || set === 'web-api') && improved === 0)
    .map(({ set }) => `adapters: no adapter of ${set} passed`);
}

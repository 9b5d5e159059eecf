import type { Result } from './measure.js';
import type { Remote } from './process/remote.js';
import { type BenchRecord, benchRecord, ours } from './record.js';
import type { Suite } from './suites/suite.js';

/** The record of a case that was measured. */
export function recordOf(
  { name, order }: Suite,
  { one, outcome }: Result,
  engines: readonly Pick<Remote, 'name' | 'version'>[],
): BenchRecord {
  const { ms, differences, stopped } = outcome;
  const asked = engines.filter(({ name }) => differences.has(name) || stopped.has(name));
  const gflops = gflopsOf(one.flops, outcome);
  return benchRecord(
    {
      suite: name,
      case: one.description,
      ms,
      ...(gflops && { gflops }),
      ...(order === 'apart' && { peakBytes: peaks(outcome) }),
    },
    asked,
  );
}

function gflopsOf(flops: number | undefined, { ms, limitMs }: Result['outcome']): Map<string, number> | null {
  if (flops === undefined) return null;
  const all = limitMs === null ? ms : new Map([...ms, ['limit', limitMs]]);
  return new Map([...all].map(([name, time]) => [name, flops / time / 1e6]));
}

function peaks({ memory }: Result['outcome']): Map<string, number> {
  const processes = [...memory].map(([name, { peakBytes }]): [string, number] => [name, peakBytes]);
  const wasm = memory.get(ours)?.wasmBytes;
  return new Map(wasm === undefined ? processes : [...processes, [`${ours}-wasm`, wasm]]);
}

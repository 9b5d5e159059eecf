import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import type { Remote } from './process/remote.js';

/** One line of the bench's JSON; an engine that isn't installed is absent from `ms`, `ratio` and `runtime.engines`. */
export interface BenchRecord {
  readonly suite: string;
  readonly case: Readonly<Record<string, string | number>>;
  readonly threads: number;
  /** Median milliseconds, of all engines in one interleaved run. */
  readonly ms: Readonly<Record<string, number>>;
  /** A peer's time over this library's. */
  readonly ratio: Readonly<Record<string, number>>;
  readonly runtime: Runtime;
}

/** Where and with what a record was made. */
export interface Runtime {
  readonly node: string;
  readonly v8: string;
  readonly cpu: string;
  readonly cores: number;
  /** Of the repository, where there is one. */
  readonly commit: string | null;
  /** Version of each engine that took part. */
  readonly engines: Readonly<Record<string, string>>;
}

/** This library's name among the engines. */
export const ours = 'kantorovich';

/** The record of a case's medians `ms`, by engine name. */
export function benchRecord(
  suite: string,
  description: BenchRecord['case'],
  ms: ReadonlyMap<string, number>,
  engines: readonly Pick<Remote, 'name' | 'version'>[],
): BenchRecord {
  return {
    suite,
    case: description,
    threads: 1,
    ms: Object.fromEntries([...ms].map(([name, value]) => [name, round(value)])),
    ratio: ratios(ms),
    runtime: describeRuntime(engines.filter(({ name }) => ms.has(name))),
  };
}

function describeRuntime(engines: readonly Pick<Remote, 'name' | 'version'>[]): Runtime {
  const processors = cpus();
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    commit: commit(),
    engines: Object.fromEntries(engines.map(({ name, version }) => [name, version])),
  };
}

function commit(): string | null {
  const cwd = import.meta.dirname;
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe', cwd }).trim();
  } catch {
    return null;
  }
}

/** Each peer's time over ours; nothing where ours was not measured. */
export function ratios(ms: ReadonlyMap<string, number>): Record<string, number> {
  const own = ms.get(ours);
  if (own === undefined) return {};
  return Object.fromEntries([...ms].filter(([name]) => name !== ours).map(([name, peer]) => [name, round(peer / own)]));
}

/** Four significant digits: more is noise. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
